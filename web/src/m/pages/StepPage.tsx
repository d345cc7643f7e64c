import { useRef, useState } from 'react'
import type { AllowedEvent, Answers, Member } from '../../api/types'
import { newKey } from '../../lib/idempotency'
import { Page } from '../App'
import type { Copy } from '../download'
import { Holding, useHolder } from '../Evidence'
import { sendQueue, useEntries, useKept } from '../field'
import { FormBody } from '../FormBody'
import type { HeldFile } from '../held'
import { go } from '../path'
import type { Entry } from '../queue'
import type { Steps } from '../steps'
import type { Store } from '../store'

interface Draft {
  answers: Answers
  key: string
  files?: HeldFile[]
}

/** A step of a case, as a visit, taken in the field. */
export function StepPage({ store, caseId, event }: { store: Store; caseId: string; event: string }) {
  const [steps] = useKept(() => store.get<Steps>('events', caseId), [store, caseId])
  const household = steps?.task.household?.id
  const [copy] = useKept(async () => (household ? store.get<Copy>('household', household) : undefined), [store, household])
  const draftId = `${caseId}:${event}`
  const [draft] = useKept(() => store.get<Draft>('draft', draftId), [store, draftId])
  const queued = useEntries().some((e) => e.work.kind === 'step' && e.work.case === caseId && e.state !== 'done')
  const step = steps?.items.find((e) => e.event === event)
  const back = `tasks/${caseId}`
  if (steps === undefined || draft === undefined || copy === undefined) return <Page title="办理" back={back}>{<p>正在打开……</p>}</Page>
  if (!steps || !step) return <Page title="办理" back={back}>{<p>这一步没有带到手机，或现在不能办。</p>}</Page>
  return (
    <Page title={step.title} back={back}>
      <p className="muted">
        {steps.task.title} · 办理后到“{step.to_title}”
      </p>
      {queued ? (
        <p className="note warn">这件已有一步在待上传中，上传后再办下一步。</p>
      ) : (
        <Taking store={store} steps={steps} step={step} members={copy?.members ?? []} start={draft ?? undefined} />
      )}
    </Page>
  )
}

interface TakingProps {
  store: Store
  steps: Steps
  step: AllowedEvent
  members: Member[]
  start?: Draft
}

function Taking({ store, steps, step, members, start }: TakingProps) {
  const caseId = steps.task.case_id
  const draftId = `${caseId}:${step.event}`
  const [draft, setDraft] = useState<Draft>(() => start ?? { answers: {}, key: newKey() })
  // Answers and files are kept at different moments: neither may undo the other.
  const latest = useRef(draft)
  const become = (change: Partial<Draft>) => {
    latest.current = { ...latest.current, ...change }
    setDraft(latest.current)
  }
  const holder = useHolder(store, draft.files, () => latest.current.files ?? [], async (files, put, drop) => {
    await store.change([...put, { kind: 'draft', id: draftId, value: { ...latest.current, files } }], drop)
    become({ files })
  })
  const send = async (answers: Answers) => {
    const { key } = latest.current
    const files = latest.current.files ?? []
    const named = JSON.stringify(answers)
    const [used, loose] = [files.filter((f) => named.includes(f.id)), files.filter((f) => !named.includes(f.id))]
    const entry: Entry = {
      id: key,
      at: Date.now(),
      title: step.title,
      subject: steps.task.title,
      work: { kind: 'step', case: caseId, event: step.event, seq: steps.seq, role: step.role, on_behalf: step.on_behalf || undefined, for: step.for?.id, key },
      answers,
      files: used,
      state: 'waiting',
    }
    await store.change([{ kind: 'entry', id: entry.id, value: entry }], [{ kind: 'draft', id: draftId }, ...loose.map((f) => ({ kind: 'file' as const, id: f.id }))])
    go('queue')
    void sendQueue(store)
  }
  const keep = (answers: Answers) => {
    become({ answers })
    return store.put('draft', draftId, latest.current)
  }
  return (
    <Holding.Provider value={holder}>
      <FormBody fields={step.form} members={members} start={draft.answers} keep={keep} ways={[{ title: step.title, send }]} />
    </Holding.Provider>
  )
}
