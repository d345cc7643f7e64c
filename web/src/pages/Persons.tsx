import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { useState } from 'react'
import { PERSONS_PAGE, type PersonFilter, type PersonItem, personMarksQuery, personsQuery } from '../api/lists'
import { type Column, DataTable } from '../components/DataTable'
import { ExportButton } from '../components/ExportButton'
import { FilterBar, NameSearch, VillageSelect } from '../components/Filters'
import { ListTools } from '../components/ListTools'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useTitle } from '../lib/hooks'
import { useListSetting, useSearched, useTotal } from '../lib/lists'
import { Conditions, Purpose } from './persons/Conditions'
import './persons/persons.css'

const route = getRouteApi('/staff/persons')

const columns: Column<PersonItem>[] = [
  {
    key: 'name',
    title: '姓名',
    fixed: true,
    sort: 'name',
    cell: (p) => (
      <>
        <Link className="main-link" to="/households/$id" params={{ id: p.household.id }}>
          {p.name}
        </Link>
        {p.is_head && <span className="tag info">户主</span>}
      </>
    ),
  },
  {
    key: 'household',
    title: '所在户',
    cell: (p) => (
      <>
        {p.household.head_name} 户<span className="small num"> {p.household.household_no}</span>
      </>
    ),
  },
  { key: 'relation', title: '与户主关系', cell: (p) => p.relation || '—' },
  { key: 'sex', title: '性别', cell: (p) => p.sex || '—' },
  { key: 'age', title: '年龄', className: 'num', cell: (p) => (p.age === undefined ? '—' : `${p.age} 岁`) },
  { key: 'region', title: '区划', cell: (p) => `${p.region_name}${p.group ? ` ${p.group}` : ''}` },
  { key: 'id_no', title: '身份证号', className: 'num nowrap', cell: (p) => p.id_no_masked || '—' },
  { key: 'phone', title: '联系电话', className: 'num nowrap', off: true, cell: (p) => p.phone_masked || '—' },
]

/** 人员: the members of the households of my area, masked. */
export function Persons() {
  useTitle('人员')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const [q, setQ] = useSearched('persons')
  const asked = { ...filter, q }
  const pages = usePages(asked)
  const { offers, guarded, purpose, ask, ready } = usePurpose(filter)
  const persons = useQuery({ ...personsQuery(asked, purpose, pages.cursor), enabled: ready })
  const total = useTotal(personsQuery(asked, purpose))
  const { setting } = useListSetting('persons')
  const narrow = (change: Partial<PersonFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  const sifted = filter.age_from !== undefined || filter.age_to !== undefined || filter.marks !== undefined
  return (
    <div className="page">
      <div className="page-head">
        <h1>人员</h1>
        <span className="muted">列表内容已脱敏，查阅留有记录</span>
        <span className="acts">{!sifted && <ExportButton list="persons" filter={{ village: filter.village }} />}</span>
      </div>
      <FilterBar active={Boolean(filter.village) || sifted} search={<NameSearch value={q} onChange={setQ} label="姓名" placeholder="姓名、拼音、首字母、身份证号或手机号" />}>
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village })} />
        <Conditions filter={filter} offers={offers} onNarrow={narrow} />
        <Button
          type="link"
          onClick={() => {
            setQ(undefined)
            void navigate({ search: {}, replace: true })
          }}
        >
          清除条件
        </Button>
      </FilterBar>
      <ListTools list="persons" columns={columns} filter={{ ...filter }} onFilter={(search) => void navigate({ search: search as PersonFilter, replace: true })} />
      {guarded.length > 0 && !purpose && <Purpose key={guarded.join()} titles={guarded} onAsk={ask} />}
      {ready && (
        <Loaded query={persons}>
          {(page) => (
            <>
              {page.looked !== undefined && <Sifted looked={page.looked} found={page.items.length} more={Boolean(page.next_cursor)} />}
              {page.items.length > 0 && (
                <DataTable columns={columns} rows={page.items} idOf={(p) => p.id} setting={setting} sort={filter.sort} onSort={(sort) => narrow({ sort: sort as PersonFilter['sort'] })} />
              )}
              {page.items.length === 0 && !page.next_cursor && pages.number === 1 && <Nothing title="没有符合条件的人员">十四周岁以下儿童按完整姓名或完整拼音查找。</Nothing>}
              {(page.items.length > 0 || page.next_cursor || pages.number > 1) && <Pager pages={pages} next={page.next_cursor} count={page.items.length} total={total} />}
            </>
          )}
        </Loaded>
      )}
    </div>
  )
}

/** For what people are looked for by something masked: asked once for each set of such conditions, and kept nowhere but with the search. */
function usePurpose(filter: PersonFilter) {
  const marks = useQuery(personMarksQuery)
  const [told, setTold] = useState({ of: '', purpose: '' })
  const offers = marks.data?.items ?? []
  const guarded = offers.filter((o) => o.for_purpose && filter.marks?.includes(o.code)).map((o) => o.title)
  const of = guarded.join()
  const purpose = guarded.length > 0 && told.of === of ? told.purpose : undefined
  const ready = filter.marks === undefined || (!marks.isPending && (guarded.length === 0 || purpose !== undefined))
  return { offers, guarded, purpose, ready, ask: (words: string) => setTold({ of, purpose: words }) }
}

/** How far a search went that opens one record after another. */
function Sifted({ looked, found, more }: { looked: number; found: number; more: boolean }) {
  return (
    <p className="muted" role="status">
      {more && found === PERSONS_PAGE ? `先列出符合的 ${found} 人。` : `查了 ${looked} 人，符合的 ${found} 人。`}
      {more && found < PERSONS_PAGE && '还没有查完，点“下一页”继续。'}按权限看不到的（如未满 14 周岁儿童的情况）不在其中。
    </p>
  )
}
