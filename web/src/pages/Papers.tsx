import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Select } from 'antd'
import { areaPapersQuery, meQuery, type PaperFilter } from '../api/queries'
import { ExportButton } from '../components/ExportButton'
import { useAreas, VillageSelect } from '../components/Filters'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useTitle } from '../lib/hooks'
import { paperKinds } from './papers/kinds'
import { Issued, Offered } from './papers/PapersPanel'

const route = getRouteApi('/staff/papers')

/** 文书: those about an area that can be issued, and all that were issued in it. */
export function Papers() {
  useTitle('文书')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const narrow = (change: Partial<PaperFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  const pages = usePages(filter)
  const papers = useQuery(areaPapersQuery(filter, pages.cursor))
  const place = useHome(filter.village)
  return (
    <div className="page">
      <div className="page-head">
        <h1>文书</h1>
        <span className="muted">关于某一事项、行动和方案的文书，在其页面出具</span>
      </div>
      <div className="filters">
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village })} />
        <label htmlFor="paper-kind">
          种类
          <Select id="paper-kind" style={{ minWidth: '12rem' }} value={filter.kind ?? ''} options={[{ value: '', label: '全部' }, ...paperKinds]} onChange={(kind) => narrow({ kind: kind || undefined })} />
        </label>
      </div>
      {place && (
        <section className="panel" aria-label="可以出具的文书">
          <h2>{place.label}可以出具的文书</h2>
          <Offered about={{ village: place.value }} />
        </section>
      )}
      <section className="panel" aria-label="已签发的文书">
        <div className="panel-head">
          <h2>已签发的文书</h2>
          <ExportButton list="papers" filter={filter} />
        </div>
        <Loaded query={papers}>
          {(page) =>
            page.items.length === 0 ? (
              <Nothing title="还没有签发文书" />
            ) : (
              <>
                <Issued papers={page.items} />
                <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
              </>
            )
          }
        </Loaded>
      </section>
    </div>
  )
}

/** The area that papers are about: the chosen one, or that of the person's first post. */
function useHome(chosen?: string) {
  const me = useQuery(meQuery)
  const areas = useAreas()
  const code = chosen ?? me.data?.grants[0]?.region_code
  return areas.find((a) => a.value === code)
}
