import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Checkbox } from 'antd'
import type { ReactNode } from 'react'
import { api, unwrap } from '../../api/client'
import { copiesQuery, type CopyItem, doneQuery, type DoneItem, startedQuery } from '../../api/desk'
import type { CaseSummary } from '../../api/types'
import { Deadline } from '../../components/Deadline'
import { ProcedureSelect } from '../../components/Filters'
import { Loaded, Nothing } from '../../components/PageState'
import { Pager, usePages } from '../../components/Pager'
import { WorkTabs } from '../../components/WorkTabs'
import { formatTime } from '../../lib/dates'
import { useTitle } from '../../lib/hooks'
import { Rows } from '../Cases'

function Frame({ title, about, filters, children }: { title: string; about: string; filters: ReactNode; children: ReactNode }) {
  useTitle(title)
  return (
    <div className="page">
      <div className="page-head">
        <h1>{title}</h1>
        <span className="muted">{about}</span>
      </div>
      <WorkTabs />
      <div className="filters">{filters}</div>
      {children}
    </div>
  )
}

const doneRoute = getRouteApi('/staff/done')

/** 已办: the cases I have worked on, with my last act and where they stand now. */
export function Done() {
  const filter = doneRoute.useSearch()
  const navigate = doneRoute.useNavigate()
  const pages = usePages(filter)
  const done = useQuery(doneQuery(filter, pages.cursor))
  const narrow = (change: Partial<typeof filter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  return (
    <Frame
      title="已办"
      about="我办理、开启、会签过的事项，每件列最近一次"
      filters={
        <>
          <ProcedureSelect value={filter.procedure} onChange={(procedure) => narrow({ procedure })} />
          <Checkbox className="tall" checked={filter.this_month ?? false} onChange={(e) => narrow({ this_month: e.target.checked || undefined })}>
            只看本月办理的
          </Checkbox>
          <Checkbox className="tall" checked={filter.ended ?? false} onChange={(e) => narrow({ ended: e.target.checked || undefined })}>
            只看已办结的
          </Checkbox>
        </>
      }
    >
      <Loaded query={done}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有办理过的事项">办理后会出现在这里，可以看到它现在到了哪一步。</Nothing>
          ) : (
            <>
              <DoneRows items={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </Frame>
  )
}

export function DoneRows({ items }: { items: DoneItem[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">事项</th>
          <th scope="col">我办了什么</th>
          <th scope="col">现在</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ case: c, act }) => (
          <tr key={c.id} data-case={c.id}>
            <CaseCell of={c} />
            <td data-label="我办了">
              {act.title}
              <div className="small num">{formatTime(act.at)}</div>
            </td>
            <NowCell of={c} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function CaseCell({ of: c, onOpen, unread }: { of: CaseSummary; onOpen?: () => void; unread?: boolean }) {
  return (
    <td>
      <Link className="main-link" to="/cases/$id" params={{ id: c.id }} search={{}} onClick={onOpen}>
        {c.household ? `${c.household.head_name} · ` : ''}
        {c.procedure_title}
      </Link>{' '}
      {unread && <span className="tag info">未读</span>}
      {c.brief && <div>{c.brief}</div>}
      <div className="small num">
        {c.region_name} · {c.no}
      </div>
    </td>
  )
}

function NowCell({ of: c }: { of: CaseSummary }) {
  return (
    <td data-label="现在">
      <span className={`tag ${c.final ? '' : 'info'}`}>{c.state_title}</span> {c.final ? <span className="muted">已办结</span> : <Deadline due={c.due_at} />}
    </td>
  )
}

const startedRoute = getRouteApi('/staff/started')

/** 我发起的: the cases I have opened. */
export function Started() {
  const filter = startedRoute.useSearch()
  const navigate = startedRoute.useNavigate()
  const pages = usePages(filter)
  const started = useQuery(startedQuery(filter, pages.cursor))
  const narrow = (change: Partial<typeof filter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  return (
    <Frame
      title="我发起的"
      about="我开启的事项，最近的在前"
      filters={
        <>
          <ProcedureSelect value={filter.procedure} onChange={(procedure) => narrow({ procedure })} />
          <Checkbox className="tall" checked={filter.open ?? false} onChange={(e) => narrow({ open: e.target.checked || undefined })}>
            只看在办的
          </Checkbox>
        </>
      }
    >
      <Loaded query={started}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有发起过事项">
              在 <Link className="underlined" to="/households">农户</Link> 中选择一户，可以登记线索、开启事项。
            </Nothing>
          ) : (
            <>
              <Rows cases={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </Frame>
  )
}

const copiesRoute = getRouteApi('/staff/copies')

/** 抄送我的: what I am told of and have not to act on. */
export function Copies() {
  const filter = copiesRoute.useSearch()
  const navigate = copiesRoute.useNavigate()
  const pages = usePages(filter)
  const copies = useQuery(copiesQuery(filter, pages.cursor))
  return (
    <Frame
      title="抄送我的"
      about="告知我、不需要我办理的；打开即为已读"
      filters={
        <Checkbox className="tall" checked={filter.unread ?? false} onChange={(e) => void navigate({ search: { unread: e.target.checked || undefined }, replace: true })}>
          只看未读{copies.data && `（${copies.data.unread}）`}
        </Checkbox>
      }
    >
      <Loaded query={copies}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title={filter.unread ? '没有未读的抄送' : '没有抄送'}>同事办理时抄送给您的、程序规定告知您的，会出现在这里。</Nothing>
          ) : (
            <>
              <CopyRows items={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </Frame>
  )
}

function CopyRows({ items }: { items: CopyItem[] }) {
  const client = useQueryClient()
  const read = useMutation({
    mutationFn: (case_id: string) => unwrap(api.POST('/desk/copies/read', { body: { case_id } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  })
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">事项</th>
          <th scope="col">告知什么</th>
          <th scope="col">谁抄送</th>
          <th scope="col">现在</th>
        </tr>
      </thead>
      <tbody>
        {items.map((c) => (
          <tr key={c.id} data-case={c.case.id}>
            <CaseCell of={c.case} unread={!c.read_at} onOpen={() => !c.read_at && read.mutate(c.case.id)} />
            <td data-label="告知">
              {c.act.title}
              <div className="small num">
                {c.act.by} {formatTime(c.act.at)}
              </div>
            </td>
            <td data-label="抄送">{c.from?.name ?? '程序规定'}</td>
            <NowCell of={c.case} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}
