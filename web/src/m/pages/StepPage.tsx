import type { Answers } from '../../api/types'
import { newKey } from '../../lib/idempotency'
import { Page } from '../App'
import { type Copy, type Steps } from '../download'
import { sendQueue, useEntries, useKept } from '../field'
import { FormBody } from '../FormBody'
import { go } from '../path'
import type { Entry } from '../queue'
import type { Store } from '../store'

interface Draft {
  answers: Answers
  key: string
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
  const key = draft?.key ?? newKey()
  const send = async (answers: Answers) => {
    const entry: Entry = {
      id: key,
      at: Date.now(),
      title: step.title,
      subject: steps.task.title,
      work: { kind: 'step', case: caseId, event, seq: steps.seq, role: step.role, on_behalf: step.on_behalf || undefined, for: step.for?.id, key },
      answers,
      state: 'waiting',
    }
    await store.change([{ kind: 'entry', id: entry.id, value: entry }], [{ kind: 'draft', id: draftId }])
    go('queue')
    void sendQueue(store)
  }
  return (
    <Page title={step.title} back={back}>
      <p className="muted">
        {steps.task.title} · 办理后到“{step.to_title}”
      </p>
      {queued ? (
        <p className="note warn">这件已有一步在待上传中，上传后再办下一步。</p>
      ) : (
        <FormBody fields={step.form} members={copy?.members ?? []} start={draft?.answers ?? {}} keep={(answers) => store.put('draft', draftId, { answers, key } satisfies Draft)} ways={[{ title: step.title, send }]} />
      )}
    </Page>
  )
}
