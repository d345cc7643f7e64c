import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Radio } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { api, unwrap } from '../api/client'
import { type BulkJob, bulkJobQuery, type BulkJobInput, bulkRowsQuery, type BulkRow } from '../api/lists'
import { describe } from '../api/problem'
import { candidatesQuery, procedureQuery, type TaskFilter } from '../api/queries'
import { submit } from '../api/submit'
import type { Task } from '../api/types'
import { KeyKeeper } from '../lib/idempotency'
import { Dialog } from './Dialog'
import { Loaded } from './PageState'
import { counted } from './Pager'
import './lists.css'

export const jobActions: Record<BulkJob['action'], string> = { claim: '领取', release: '退回待领', reassign: '转办', fire: '办理' }
export const jobStates: Record<BulkJob['state'], string> = { checking: '核对中', ready: '等待开始', running: '办理中', done: '已办完', cancelled: '已取消' }
const rowStates: Record<BulkRow['state'], string> = { waiting: '尚未核对', ready: '可以办理', done: '成功', skipped: '略过', failed: '未成功' }

interface Props {
  filter: TaskFilter
  total?: number
  /** One of the tasks, whose office says to whom they may be given. */
  sample?: Task
  onClose: () => void
}

/** 批量办理: one act on all tasks that the present conditions choose, looked at before anything is done. */
export function BulkStart({ filter, total, sample, onClose }: Props) {
  const keeper = useRef(new KeyKeeper())
  const [action, setAction] = useState<BulkJobInput['action']>()
  const [user, setUser] = useState<string>()
  const [event, setEvent] = useState<string>()
  const ask = useMutation({
    mutationFn: () => {
      const { sort: _, ...chosen } = filter
      const body: BulkJobInput = { action: action ?? 'claim', filter: chosen, user_id: action === 'reassign' ? user : undefined, event: action === 'fire' ? event : undefined }
      return submit(keeper.current, body, (key) => unwrap(api.POST('/bulk-jobs', { params: { header: { 'Idempotency-Key': key } }, body })))
    },
  })
  if (ask.data) return <BulkJobDialog id={ask.data.id} onClose={onClose} />
  const fine = action && (action !== 'reassign' || user) && (action !== 'fire' || event)
  const options = [
    { value: 'claim', label: '领取' },
    { value: 'release', label: '退回待领' },
    { value: 'reassign', label: '转办', disabled: !sample },
    { value: 'fire', label: '办理同一操作', disabled: !filter.procedure },
  ]
  return (
    <Dialog title={`批量办理：按当前筛选${total === undefined ? '' : `，共 ${counted(total)}`}`} okText="先核对" okDisabled={!fine} busy={ask.isPending} onOk={() => ask.mutate()} onClose={onClose}>
      <p className="gap">选定的是当前条件下的全部待办，不只是本页。先逐件核对，由您确认后才办理。</p>
      <Radio.Group aria-label="操作" value={action} onChange={(e) => setAction(e.target.value as BulkJobInput['action'])} options={options} />
      {!filter.procedure && <p className="muted">要办理同一操作，请先在列表上选定程序。</p>}
      {action === 'reassign' && sample && <Candidates task={sample} value={user} onChange={setUser} />}
      {action === 'fire' && filter.procedure && <Events procedure={filter.procedure} value={event} onChange={setEvent} />}
      {ask.error && <Alert type="error" role="alert" title={describe(ask.error)} />}
      <p className="gap" />
      <Link to="/bulk-jobs" onClick={onClose}>
        批量办理记录
      </Link>
    </Dialog>
  )
}

interface ChoiceProps {
  value?: string
  onChange: (value: string) => void
}

function Candidates({ task, value, onChange }: ChoiceProps & { task: Task }) {
  const candidates = useQuery(candidatesQuery(task.id))
  return (
    <Loaded query={candidates}>
      {({ items }) => <Radio.Group aria-label="转给谁" className="stacked" value={value} onChange={(e) => onChange(e.target.value as string)} options={items.map((u) => ({ value: u.id, label: u.name }))} />}
    </Loaded>
  )
}

function Events({ procedure, value, onChange }: ChoiceProps & { procedure: string }) {
  const definition = useQuery(procedureQuery(procedure))
  return (
    <Loaded query={definition}>
      {(d) => {
        const plain = d.events.filter((e) => !e.form.some((f) => f.required))
        return plain.length === 0 ? (
          <p className="muted">这一程序的各项操作都要逐件填写，不能批量办理。</p>
        ) : (
          <Radio.Group aria-label="办理什么" className="stacked" value={value} onChange={(e) => onChange(e.target.value as string)} options={plain.map((e) => ({ value: e.code, label: e.title }))} />
        )
      }}
    </Loaded>
  )
}

/** One job: what was found when it was looked at, how far it is, and what came of each. */
export function BulkJobDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient()
  const query = useQuery(bulkJobQuery(id))
  const refresh = () => client.invalidateQueries({ queryKey: ['bulk-jobs'] })
  const start = useMutation({ mutationFn: () => unwrap(api.POST('/bulk-jobs/{id}/start', { params: { path: { id } } })), onSettled: refresh })
  const cancel = useMutation({ mutationFn: () => unwrap(api.DELETE('/bulk-jobs/{id}', { params: { path: { id } } })), onSettled: refresh })
  const job = query.data
  const ended = job?.state === 'done' || job?.state === 'cancelled'
  useEffect(() => {
    if (ended) void client.invalidateQueries({ queryKey: ['tasks'] })
  }, [ended, client])
  const more = job && (job.state === 'ready' || ended) ? (ended ? job.failed + job.ready + job.waiting : job.ready) : 0
  return (
    <Dialog title="批量办理" okText={more > 0 ? (ended ? `接着办 ${more} 件` : `开始办理 ${more} 件`) : undefined} busy={start.isPending} onOk={() => start.mutate()} onClose={onClose}>
      <Loaded query={query}>{(j) => <Progress job={j} onCancel={() => cancel.mutate()} busy={cancel.isPending} />}</Loaded>
      {(start.error || cancel.error) && <Alert type="error" role="alert" title={describe(start.error ?? cancel.error)} />}
    </Dialog>
  )
}

function Progress({ job, onCancel, busy }: { job: BulkJob; onCancel: () => void; busy: boolean }) {
  const settled = job.state === 'checking' ? job.total - job.waiting : job.done + job.failed + job.skipped
  const going = job.state === 'checking' || job.state === 'running'
  return (
    <>
      <p role="status">
        {jobActions[job.action]} {job.total} 件：{jobStates[job.state]}
      </p>
      {going && <progress max={Math.max(job.total, 1)} value={settled} aria-label="进度" />}
      <p className="job-figures">
        {(['ready', 'done', 'skipped', 'failed'] as const).map((s) => (
          <span key={s}>
            {rowStates[s]} <b>{job[s]}</b> 件
          </span>
        ))}
      </p>
      {job.reasons.length > 0 && (
        <ul className="results">
          {job.reasons.map((r) => (
            <li key={r.state + r.code}>
              <span className={`tag ${r.state === 'failed' ? 'over' : ''}`}>
                {rowStates[r.state]} {r.count} 件
              </span>
              <span>{r.message}</span>
            </li>
          ))}
        </ul>
      )}
      {(going || job.state === 'ready') && (
        <Button danger loading={busy} onClick={onCancel}>
          取消
        </Button>
      )}
      {going && <p className="muted">可以离开，办理在后台继续；在“批量办理记录”中查看。</p>}
      {!going && job.total > 0 && <Results job={job} />}
    </>
  )
}

/** What came of each, those first that have not been done. */
function Results({ job }: { job: BulkJob }) {
  const [open, setOpen] = useState(false)
  const [cursors, setCursors] = useState<string[]>([])
  const rows = useQuery({ ...bulkRowsQuery(job.id, undefined, job.state, cursors[cursors.length - 1]), enabled: open })
  if (!open) {
    return (
      <Button type="link" onClick={() => setOpen(true)}>
        逐件查看
      </Button>
    )
  }
  return (
    <Loaded query={rows}>
      {(page) => (
        <>
          <ul className="results">
            {page.items.map((r) => (
              <li key={r.id}>
                <span className={`tag ${r.state === 'done' ? 'normal' : r.state === 'failed' ? 'over' : ''}`}>{rowStates[r.state]}</span>
                <span>
                  {r.case_id ? (
                    <Link to="/cases/$id" params={{ id: r.case_id }} search={{}}>
                      {r.title}（{r.case_no}）
                    </Link>
                  ) : (
                    '已不在您的辖区'
                  )}
                  {r.message && `：${r.message}`}
                </span>
              </li>
            ))}
          </ul>
          <span className="acts pairs">
            <Button disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
              上一页
            </Button>
            <Button disabled={!page.next_cursor} onClick={() => page.next_cursor && setCursors([...cursors, page.next_cursor])}>
              下一页
            </Button>
          </span>
        </>
      )}
    </Loaded>
  )
}
