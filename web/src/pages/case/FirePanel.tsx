import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert } from 'antd'
import { useEffect, useMemo, useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { ApiError } from '../../api/problem'
import { membersQuery, meQuery, regionsQuery, timelineQuery } from '../../api/queries'
import type { AllowedEvents, Answers, CaseDetail, Fact, Field, FireReply } from '../../api/types'
import { EventForm } from '../../components/EventForm'
import { Surroundings } from '../../components/fields/context'
import { Loaded, PageLoading } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { CopyTo } from './CopyTo'
import { Signers } from './Endorsements'
import { LatestFinding } from './LatestFinding'

interface Props {
  detail: CaseDetail
  event: string
  allowed: UseQueryResult<AllowedEvents>
  onDone: (reply: FireReply) => void
  onCancel: () => void
}

/** On a phone the case's head fills the screen; the form that was asked for comes up by itself. */
const comeIntoView = (el: HTMLElement | null) => {
  if (el && window.innerWidth < 768) el.scrollIntoView({ block: 'start' })
}

/** The form of one event, and what happens to it when the case moves meanwhile. */
export function FirePanel(props: Props) {
  return (
    <section className="panel fire" aria-labelledby="fire-title" ref={comeIntoView}>
      <Loaded query={props.allowed}>{(data) => <Fire {...props} data={data} />}</Loaded>
    </section>
  )
}

function Fire({ detail, event, allowed, data, onDone, onCancel }: Props & { data: AllowedEvents }) {
  const { summary } = detail
  const me = useQuery(meQuery)
  const client = useQueryClient()
  const surroundings = useSurroundingsOf(detail)
  // The form stays as it was opened, also when the event is no longer offered.
  const latest = data.items.find((o) => o.event === event)
  const [opened] = useState(latest)
  const option = latest ?? opened
  // The sequence the person has seen; renewed only after a change was told.
  const seen = useRef(data.seq)
  const [moved, setMoved] = useState('')
  const [copies, setCopies] = useState<string[]>([])
  const title = useRef<HTMLHeadingElement>(null)
  // Whoever has asked for the form by a key goes on from its head.
  useEffect(() => title.current?.focus({ preventScroll: true }), [])

  if (!option) return <Alert type="warning" showIcon title="本事项当前环节没有这项办理" description="请返回后重新选择。" />
  if (!me.data) return <PageLoading />

  const send = (form: Answers, key: string) =>
    unwrap(
      api.POST('/cases/{id}/events', {
        params: { path: { id: summary.id }, header: { 'Idempotency-Key': key } },
        body: { event, expected_seq: seen.current, form, role: option.role, on_behalf: option.on_behalf || undefined, for: option.for?.id, copy_to: copies.length > 0 ? copies : undefined },
      }),
    )
  const refused = (err: ApiError) => {
    if (err.code !== 'case_moved' && err.code !== 'key_reused') return false
    void tell(err)
    return true
  }
  const tell = async (err: ApiError) => {
    await client.invalidateQueries({ queryKey: ['case', summary.id] })
    const { data: fresh } = await allowed.refetch()
    if (fresh) seen.current = fresh.seq
    const happened = err.code === 'case_moved' ? await lastMove(client, summary.id) : '上一次提交的内容与现在的不同，系统已按最新情况重新载入。'
    setMoved(`${happened}您填写的内容已保留，请核对后再提交。`)
  }
  const done = (reply: FireReply) => {
    void client.invalidateQueries({ queryKey: ['case', summary.id] })
    void client.invalidateQueries({ queryKey: ['tasks'] })
    void client.invalidateQueries({ queryKey: ['cases'] })
    onDone(reply)
  }

  return (
    <Surroundings.Provider value={surroundings}>
      <div className="form-head">
        <h2 id="fire-title" ref={title} tabIndex={-1}>
          {option.title}
        </h2>
        <span className="muted">
          {option.role_title && `以${option.role_title}身份办理；`}办理后进入“{option.to_title}”{option.document && `，形成《${option.document}》`}
        </span>
      </div>
      {option.on_behalf && <Alert className="gap" type="info" showIcon title="此项由您代农户（村民）记录，系统同时记下您和当事人。" />}
      {option.for && <Alert className="gap" type="info" showIcon title={`此项由您代 ${option.for.name} 办理，记录上写明您和${option.for.name}两人姓名。`} />}
      {option.signers.length > 0 && <Signers signers={option.signers} />}
      {moved && <Alert className="gap" type="warning" showIcon title={moved} role="alert" />}
      {summary.procedure === 'data_issue' && <LatestFinding id={summary.id} />}
      {option.form.length === 0 && <p className="gap">此项不需填写内容，确认后即办理。</p>}
      <EventForm
        fields={option.form}
        given={proposals(option.form, detail.facts)}
        draft={{ user: me.data.user.id, subject: summary.id, event }}
        submitText={option.title.startsWith('确认') ? option.title : `确认${option.title}`}
        danger={option.return}
        blocked={blockedBy(latest?.allowed, latest?.reasons.map((r) => r.message))}
        send={send}
        onDone={done}
        onRefused={refused}
        onCancel={onCancel}
      >
        <CopyTo id={summary.id} value={copies} onChange={setCopies} />
      </EventForm>
    </Surroundings.Provider>
  )
}

/** What the system proposes for the questions of a form; the person may answer otherwise. */
export function proposals(form: Field[], facts: Fact[]): Answers {
  const proposed = new Map(facts.filter((f) => !f.hidden).map((f) => [f.code, f.value]))
  return Object.fromEntries(form.filter((f) => proposed.has(`proposed_${f.code}`)).map((f) => [f.code, proposed.get(`proposed_${f.code}`)]))
}

function blockedBy(allowed: boolean | undefined, reasons: string[] = []): string | undefined {
  if (allowed) return undefined
  if (allowed === undefined) return '当前环节已不能办理此项。'
  return `暂不能提交：${reasons.join('；')}`
}

/** "该事项已由 张某（村干部）于 11-22 10:32 办理“评议通过”，现为“村级公示”。" */
async function lastMove(client: ReturnType<typeof useQueryClient>, id: string): Promise<string> {
  try {
    const timeline = await client.fetchQuery({ ...timelineQuery(id), staleTime: 0 })
    const move = [...timeline.items].reverse().find((e) => e.kind === 'event')
    if (!move) return '该事项已有变化。'
    const who = [move.actor.name, move.actor.for_name && `（代${move.actor.for_name}）`, move.actor.role_title && `（${move.actor.role_title}）`].join('')
    return `该事项已由 ${who} 于 ${formatTime(move.at).slice(5)} 办理“${move.title}”，现为“${move.to_title ?? move.to}”。`
  } catch {
    return '该事项已有变化。'
  }
}

function useSurroundingsOf(detail: CaseDetail) {
  const household = detail.summary.household?.id
  const members = useQuery({ ...membersQuery(household ?? ''), enabled: household !== undefined })
  const regions = useQuery(regionsQuery)
  return useMemo(
    () => ({
      caseId: detail.summary.id,
      attachments: detail.attachments,
      members: members.data?.items,
      villages: regions.data?.items.filter((r) => r.level === 'village' && r.in_scope),
    }),
    [detail, members.data, regions.data],
  )
}
