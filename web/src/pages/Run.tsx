import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Alert, Button } from 'antd'
import { api, unwrap } from '../api/client'
import { going, hitGroupsQuery, hitsQuery, runQuery, type HitFilter } from '../api/queries'
import type { Hit, HitGroup, Run } from '../api/types'
import { ExportButton } from '../components/ExportButton'
import { VillageSelect } from '../components/Filters'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useAct } from '../lib/act'
import { formatDate, formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'
import { Dispatch } from './runs/Dispatch'
import { kindTitles, outcome, stateTitles } from './runs/words'

const route = getRouteApi('/staff/runs/$id')

/** One run: how far it is, what each rule counted, and what stands to be dealt with. */
export function RunPage() {
  const { id } = route.useParams()
  const run = useQuery(runQuery(id))
  return (
    <div className="page" key={id}>
      <Loaded query={run}>{(r) => <Body run={r} />}</Loaded>
    </div>
  )
}

function Body({ run }: { run: Run }) {
  useTitle(`${run.region_name} ${kindTitles[run.kind]}`)
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const narrow = (change: Partial<HitFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  return (
    <>
      <Head run={run} />
      <RuleCounts run={run} chosen={filter.rule} onChoose={run.kind === 'trial' ? undefined : (rule) => narrow({ rule })} />
      {run.kind !== 'trial' && (
        <>
          <Groups run={run} onChoose={(village) => narrow({ village })} />
          <Hits run={run} filter={filter} onNarrow={narrow} />
        </>
      )}
    </>
  )
}

function Head({ run: r }: { run: Run }) {
  return (
    <section className="panel" aria-label="进度">
      <div className="case-title">
        <h1>
          {r.region_name} · {kindTitles[r.kind]}
        </h1>
        <span className="tag info">{stateTitles[r.state]}</span>
      </div>
      <p className="muted num">
        {r.asked_by || '夜间自动'} · {formatTime(r.created_at)}
        {r.ended_at && ` 至 ${formatTime(r.ended_at)}`} · {r.full ? '全部重查' : '只查有变动的户'}
      </p>
      <progress max={Math.max(r.total, 1)} value={r.state === 'done' ? Math.max(r.total, 1) : r.passed} aria-label="进度" />
      <p role="status" className="num">
        {r.total} 户中已过 {r.passed} 户，查看 {r.looked} 户；{outcome(r)}
      </p>
      {r.state === 'failed' && <Alert className="gap" type="error" showIcon title="检查没有办成，已查到的仍然有效，可以重新开始" />}
      {r.can_cancel && <Cancel id={r.id} />}
    </section>
  )
}

function Cancel({ id }: { id: string }) {
  const client = useQueryClient()
  const { act, busy, faults } = useAct()
  const cancel = () => void act({}, () => unwrap(api.POST('/runs/{id}/cancel', { params: { path: { id } } })), () => client.invalidateQueries({ queryKey: ['runs'] }))
  return (
    <div className="acts">
      <Button danger loading={busy} onClick={cancel}>
        取消检查
      </Button>
      {faults.length > 0 && <Alert type="error" role="alert" title={faults.join('；')} />}
    </div>
  )
}

/** 各规则: what was found and what nobody could judge; a rule leads to its hits. */
export function RuleCounts({ run, chosen, onChoose }: { run: Run; chosen?: string; onChoose?: (rule: string | undefined) => void }) {
  if (run.rules.length === 0) return null
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>各规则</h2>
        <ExportButton list="run_rules" filter={{ id: run.id }} />
      </div>
      <table className="list" aria-label="各规则">
        <thead>
          <tr>
            <th scope="col">规则</th>
            <th scope="col">发现</th>
            <th scope="col">不能判断</th>
          </tr>
        </thead>
        <tbody>
          {run.rules.map((r) => (
            <tr key={r.code} data-rule={r.code}>
              <td>
                {onChoose && r.hits > 0 ? (
                  <Button type="link" className="in-text" aria-pressed={chosen === r.code} onClick={() => onChoose(chosen === r.code ? undefined : r.code)}>
                    {r.title}
                  </Button>
                ) : (
                  r.title
                )}
                {r.group && <span className="small"> {r.group}</span>}
              </td>
              <td data-label="发现" className="num">
                {r.hits}
              </td>
              <td data-label="不能判断" className="num">
                {r.unjudged}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted">“不能判断”是缺少资料，或者须由人判断，不按没有问题处理。</p>
    </section>
  )
}

/** 待派发: what waits to be handed out, by village and by whom it is proposed to. */
function Groups({ run, onChoose }: { run: Run; onChoose: (village: string) => void }) {
  const groups = useQuery(hitGroupsQuery(run.id, run.state))
  return <Loaded query={groups}>{({ items }) => (items.length === 0 ? null : <GroupRows run={run.id} groups={items} onChoose={onChoose} />)}</Loaded>
}

function GroupRows({ run, groups, onChoose }: { run: string; groups: HitGroup[]; onChoose: (village: string) => void }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>等待派发的，按村和责任人</h2>
        <ExportButton list="run_groups" filter={{ id: run }} />
      </div>
      <details open={groups.length <= 8}>
        <summary className="num">
          {groups.reduce((n, g) => n + g.hits, 0)} 件，{new Set(groups.map((g) => g.region_code)).size} 个村
        </summary>
      <table className="list" aria-label="等待派发的">
        <thead>
          <tr>
            <th scope="col">村</th>
            <th scope="col">建议的责任人</th>
            <th scope="col">户</th>
            <th scope="col">件</th>
            <th scope="col">派发</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((g) => (
            <tr key={g.region_code + g.staff_id}>
              <td>
                <Button type="link" className="in-text" onClick={() => onChoose(g.region_code)}>
                  {g.region_name}
                </Button>
              </td>
              <td data-label="建议的责任人">{g.staff_name || '—'}</td>
              <td data-label="户" className="num">
                {g.households}
              </td>
              <td data-label="件" className="num">
                {g.hits}
              </td>
              <td data-label="派发">
                <Dispatch group={g} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      </details>
    </section>
  )
}

function Hits({ run, filter, onNarrow }: { run: Run; filter: HitFilter; onNarrow: (change: Partial<HitFilter>) => void }) {
  const pages = usePages(filter)
  const hits = useQuery(hitsQuery(run.id, run.state, filter, pages.cursor))
  const rule = run.rules.find((r) => r.code === filter.rule)
  return (
    <section className="panel" aria-label="发现的情况">
      <div className="panel-head">
        <h2>目前发现的情况{rule && `：${rule.title}`}</h2>
        <ExportButton list="run_hits" filter={{ ...filter, id: run.id }} />
      </div>
      <div className="filters">
        <VillageSelect value={filter.village} onChange={(village) => onNarrow({ village })} />
        {filter.rule && <Button onClick={() => onNarrow({ rule: undefined })}>看全部规则的</Button>}
      </div>
      <Loaded query={hits}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title={going(run) ? '检查进行中，还没有发现' : '没有发现'} />
          ) : (
            <>
              <HitRows hits={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </section>
  )
}

/** Each leads to its issue or clue when there is one that I see. */
export function HitRows({ hits }: { hits: Hit[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">对象</th>
          <th scope="col">情况</th>
          <th scope="col">发现</th>
          <th scope="col">办理</th>
        </tr>
      </thead>
      <tbody>
        {hits.map((h) => (
          <tr key={h.id} data-hit={h.id}>
            <td>
              {h.household.id ? (
                <Link className="main-link" to="/households/$id" params={{ id: h.household.id }}>
                  {h.household.head_name}
                </Link>
              ) : (
                h.region_name
              )}
              <div className="small">{h.region_name}</div>
            </td>
            <td data-label="情况">
              {h.title}
              <div className="small">{h.hidden ? '按权限不显示内容' : h.message}</div>
            </td>
            <td data-label="发现" className="num nowrap">
              {formatDate(h.found_at)}
            </td>
            <td data-label="办理">
              {h.case_id && h.case_state ? (
                <Link to="/cases/$id" params={{ id: h.case_id }} search={{}}>
                  {h.case_state}
                </Link>
              ) : (
                '—'
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
