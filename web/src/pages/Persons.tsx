import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { type PersonFilter, type PersonItem, personsQuery } from '../api/lists'
import { type Column, DataTable } from '../components/DataTable'
import { ExportButton } from '../components/ExportButton'
import { FilterBar, NameSearch, VillageSelect } from '../components/Filters'
import { ListTools } from '../components/ListTools'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useTitle } from '../lib/hooks'
import { useListSetting, useSearched, useTotal } from '../lib/lists'

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
  { key: 'age', title: '年龄', className: 'num', cell: (p) => (p.age ? `${p.age} 岁` : '—') },
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
  const persons = useQuery(personsQuery(asked, pages.cursor))
  const total = useTotal(personsQuery(asked))
  const { setting } = useListSetting('persons')
  const narrow = (change: Partial<PersonFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  return (
    <div className="page">
      <div className="page-head">
        <h1>人员</h1>
        <span className="muted">列表内容已脱敏，查阅留有记录</span>
        <span className="acts">
          <ExportButton list="persons" filter={{ village: filter.village }} />
        </span>
      </div>
      <FilterBar active={Boolean(filter.village)} search={<NameSearch value={q} onChange={setQ} label="姓名" placeholder="姓名、拼音、首字母、身份证号或手机号" />}>
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village })} />
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
      <Loaded query={persons}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有符合条件的人员">十四周岁以下儿童按完整姓名或完整拼音查找。</Nothing>
          ) : (
            <>
              <DataTable columns={columns} rows={page.items} idOf={(p) => p.id} setting={setting} sort={filter.sort} onSort={(sort) => narrow({ sort: sort as PersonFilter['sort'] })} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} total={total} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}
