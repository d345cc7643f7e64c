import { useMutation, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import { submit } from '../../api/submit'
import type { AllowedEvent, AllowedEvents, SignerState } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { formatTime } from '../../lib/dates'
import { KeyKeeper } from '../../lib/idempotency'

/** 会签: which steps ask for further signatures, who has signed, and my own. */
export function Endorsements({ id, query }: { id: string; query: UseQueryResult<AllowedEvents> }) {
  const asked = query.data?.items.filter((o) => o.signers.length > 0 && !o.reasons.some((r) => r.code === 'event_not_allowed')) ?? []
  if (asked.length === 0) return null
  return (
    <section className="panel" aria-labelledby="sign-title">
      <h2 id="sign-title">会签</h2>
      {asked.map((o) => (
        <div key={o.event} className="clock">
          <strong>{o.title}</strong>
          <Signers signers={o.signers} />
          {o.can_endorse && <Sign id={id} seq={query.data!.seq} option={o} />}
        </div>
      ))}
    </section>
  )
}

/** How many signatures are needed, and those there are. */
export function Signers({ signers }: { signers: SignerState[] }) {
  return (
    <ul className="gap">
      {signers.map((s) => (
        <li key={s.title}>
          <span className={`tag ${s.signed.length >= s.needed ? 'normal' : 'near'}`}>
            {s.signed.length >= s.needed ? '已会签' : '待会签'} {s.signed.length}/{s.needed}
          </span>{' '}
          {s.title}
          <span className="muted">（{s.roles.map((r) => r.title).join('、')}）</span>
          {s.signed.map((g) => (
            <div key={g.name + g.at} className="muted num">
              {g.name}
              {g.for_name && `（代${g.for_name}）`} · {g.role_title} · {formatTime(g.at)}
            </div>
          ))}
        </li>
      ))}
    </ul>
  )
}

function Sign({ id, seq, option }: { id: string; seq: number; option: AllowedEvent }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const [asking, setAsking] = useState(false)
  const keeper = useRef(new KeyKeeper())
  const act = useMutation({
    mutationFn: () => {
      const body = { event: option.event, expected_seq: seq }
      return submit(keeper.current, body, (key) => unwrap(api.POST('/cases/{id}/endorsements', { params: { path: { id }, header: { 'Idempotency-Key': key } }, body })))
    },
    onSuccess: () => message.success('已会签'),
    onError: (err) => message.error(describe(err)),
    onSettled: () => {
      setAsking(false)
      return client.invalidateQueries({ queryKey: ['case', id] })
    },
  })
  return (
    <>
      <Button onClick={() => setAsking(true)} loading={act.isPending} data-endorse={option.event}>
        我来会签
      </Button>
      {asking && (
        <Dialog title={`会签“${option.title}”`} okText="确认会签" closeText="返回" busy={act.isPending} onOk={() => act.mutate()} onClose={() => setAsking(false)}>
          <p>会签表示您已了解情况并对此项办理负责。会签后不能撤回，您也不能再作为此项的承办人。</p>
        </Dialog>
      )}
    </>
  )
}
