import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Alert, App, Button, Checkbox } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { signingQuery, type SigningFilter } from '../api/queries'
import { submit } from '../api/submit'
import type { Paper, Signable } from '../api/types'
import { BulkResults } from '../components/BulkBar'
import { Deadline } from '../components/Deadline'
import { Dialog } from '../components/Dialog'
import { ProcedureSelect, VillageSelect } from '../components/Filters'
import { Nothing, PageLoading } from '../components/PageState'
import { KeyKeeper } from '../lib/idempotency'
import { useTitle } from '../lib/hooks'
import { Bundle } from './papers/PapersPanel'

const route = getRouteApi('/staff/signing')

/** 集中签字: what waits for signatures in a village; its papers are printed with a list for the day, then the signatures are recorded together. */
export function Signing() {
  useTitle('集中签字')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const list = useInfiniteQuery(signingQuery(filter))
  const narrow = (change: Partial<SigningFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  const items = list.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <div className="page">
      <div className="page-head">
        <h1>集中签字</h1>
        <span className="muted">等待会签的事项：先合订打印，当场签字，签字人再批量登记会签</span>
      </div>
      <div className="filters">
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village })} />
        <ProcedureSelect value={filter.procedure} onChange={(procedure) => narrow({ procedure })} />
      </div>
      {list.error && <Alert type="error" showIcon title={describe(list.error)} role="alert" />}
      {list.isPending && <PageLoading />}
      {list.data && items.length === 0 && <Nothing title="没有等待会签的事项">选择村和程序，或者等经办人办到需要会签的环节。</Nothing>}
      {[...byAct(items)].map(([act, group]) => (
        <Group key={act} items={group} />
      ))}
      {list.hasNextPage && (
        <p className="gap">
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            继续查找
          </Button>
        </p>
      )}
    </div>
  )
}

/** Cases by the act that is to be signed: of two acts that exclude each other nobody signs both by one click. */
export function byAct(items: Signable[]): Map<string, Signable[]> {
  const out = new Map<string, Signable[]>()
  for (const x of items) {
    const act = `${x.case.procedure}/${x.event}`
    out.set(act, [...(out.get(act) ?? []), x])
  }
  return out
}

/** The cases in which one act is to be signed. */
export function Group({ items }: { items: Signable[] }) {
  const first = items[0]
  const [picked, setPicked] = useState<string[]>([])
  const chosen = items.filter((x) => picked.includes(x.case.id))
  const pick = (x: Signable, on: boolean) => setPicked(on ? [...picked, x.case.id] : picked.filter((id) => id !== x.case.id))
  const title = `${first?.case.procedure_title} · ${first?.event_title}`
  return (
    <section className="panel" aria-label={title} data-sign={first?.event}>
      <h2>
        {title}（{items.length} 件）
      </h2>
      <Acts chosen={chosen} onDone={() => setPicked([])} />
      <Rows items={items} picked={picked} onPick={pick} onAll={(on) => setPicked(on ? items.map((x) => x.case.id) : [])} />
    </section>
  )
}

function Rows({ items, picked, onPick, onAll }: { items: Signable[]; picked: string[]; onPick: (x: Signable, on: boolean) => void; onAll: (on: boolean) => void }) {
  const all = items.every((x) => picked.includes(x.case.id))
  return (
    <table className="list">
      <thead>
        <tr>
          <th>
            <Checkbox aria-label="选择全部" checked={all} indeterminate={!all && picked.length > 0} onChange={(e) => onAll(e.target.checked)} />
          </th>
          <th scope="col">事项</th>
          <th scope="col">村</th>
          <th scope="col">会签</th>
          <th scope="col">文书</th>
          <th scope="col">时限</th>
        </tr>
      </thead>
      <tbody>
        {items.map((x) => (
          <tr key={x.case.id} data-case={x.case.id}>
            <td className="pick">
              <Checkbox aria-label={`选择 ${nameOf(x)}`} checked={picked.includes(x.case.id)} onChange={(e) => onPick(x, e.target.checked)} />
            </td>
            <td>
              <Link className="main-link" to="/cases/$id" params={{ id: x.case.id }} search={{}}>
                {nameOf(x)}
              </Link>
              {x.case.brief && <div>{x.case.brief}</div>}
              <div className="small num">{x.case.no}</div>
            </td>
            <td data-label="村">{x.case.region_name}</td>
            <td data-label="会签">
              {x.signers.map((s) => (
                <div key={s.title}>{`${s.title} ${s.signed.length}/${s.needed}`}</div>
              ))}
              {x.can_sign && <span className="tag info">等您会签</span>}
            </td>
            <td data-label="文书">{x.papers.length > 0 ? x.papers.map((p) => <div key={p.id}>{`${p.title} ${p.number}`}</div>) : '—'}</td>
            <td>
              <Deadline due={x.case.due_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const nameOf = (x: Signable) => x.case.household?.head_name ?? x.case.region_name

/** The papers of what is chosen, each once. */
export function papersOf(chosen: Signable[]): Paper[] {
  const all = new Map(chosen.flatMap((x) => x.papers.filter((p) => p.can_open).map((p) => [p.id, p])))
  return [...all.values()]
}

/** The largest number that one request may name. */
const atOnce = 200

function Acts({ chosen, onDone }: { chosen: Signable[]; onDone: () => void }) {
  const [doing, setDoing] = useState<'print' | 'sign'>()
  const papers = papersOf(chosen)
  const mine = chosen.filter((x) => x.can_sign)
  return (
    <div className="bulk" role="region" aria-label="批量操作">
      <span>已选 {chosen.length} 件</span>
      <Button disabled={papers.length === 0 || papers.length > atOnce} onClick={() => setDoing('print')}>
        合订打印 {papers.length} 份（附签收单）
      </Button>
      <Button type="primary" disabled={mine.length === 0 || mine.length > atOnce} onClick={() => setDoing('sign')}>
        登记会签 {mine.length} 件
      </Button>
      {(mine.length > atOnce || papers.length > atOnce) && <span className="muted">一次最多 {atOnce} 件，请分批办理</span>}
      {doing === 'print' && <Bundle papers={papers} onClose={() => setDoing(undefined)} />}
      {doing === 'sign' && (
        <Sign
          chosen={mine}
          onClose={(signed) => {
            setDoing(undefined)
            if (signed) onDone()
          }}
        />
      )}
    </div>
  )
}

/** Signs what is chosen; each has its own result. */
function Sign({ chosen, onClose }: { chosen: Signable[]; onClose: (signed: boolean) => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const keeper = useRef(new KeyKeeper())
  const sign = useMutation({
    mutationFn: () => {
      const body = { action: 'endorse' as const, event: chosen[0]?.event, task_ids: chosen.flatMap((x) => (x.task_id ? [x.task_id] : [])) }
      return submit(keeper.current, body, (key) => unwrap(api.POST('/tasks/bulk', { params: { header: { 'Idempotency-Key': key } }, body })))
    },
    onError: (err) => message.error(describe(err)),
    onSettled: () => Promise.all(['tasks', 'case'].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  })
  const close = () => {
    onClose(Boolean(sign.data))
    if (sign.data) void client.invalidateQueries({ queryKey: ['signing'] })
  }
  return (
    <Dialog title={`会签“${chosen[0]?.event_title}” ${chosen.length} 件`} okText={sign.data ? undefined : '确认会签'} closeText={sign.data ? '知道了' : '返回'} busy={sign.isPending} onOk={() => sign.mutate()} onClose={close}>
      {sign.data ? (
        <BulkResults reply={sign.data} titles={new Map(chosen.map((x) => [x.task_id ?? '', nameOf(x)]))} />
      ) : (
        <>
          <p>会签表示您已了解每一件的情况并对此项办理负责。会签后不能撤回，您也不能再作为此项的承办人。</p>
          <ul>
            {chosen.map((x) => (
              <li key={x.case.id}>{nameOf(x)}</li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  )
}
