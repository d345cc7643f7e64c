import type { Answers, Field } from '../api/types'

const PREFIX = 'shouwang-draft:'
const KEEP = 7 * 24 * 3600 * 1000

/** Eighteen or fifteen digits in a row look like an identity number wherever they were typed. */
const identityNumber = /\d{17}[\dXx]|\d{15}/

/** Whose form it is, about what, and which act. */
export interface DraftKey {
  user: string
  subject: string
  event: string
}

const nameOf = (k: DraftKey) => `${PREFIX}${k.user}:${k.subject}:${k.event}`

/** Files are kept by the server; only ordinary answers stay on this device. */
function mayKeep(field: Field): boolean {
  return (field.class === 'P0' || field.class === 'P1') && field.kind !== 'files'
}

/** The part of the answers that may stay on the device: classes P0 and P1, no identity numbers. */
export function keepable(form: Field[], answers: Answers): Answers {
  const out: Answers = {}
  for (const field of form) {
    const answer = answers[field.code]
    if (!mayKeep(field) || answer === undefined || answer === null) continue
    if (field.kind === 'rows' && Array.isArray(answer)) {
      out[field.code] = answer.map((row) => keepable(field.columns ?? [], (row ?? {}) as Answers))
    } else if (!identityNumber.test(JSON.stringify(answer))) {
      out[field.code] = answer
    }
  }
  return out
}

/** Stores a half-filled form. Storage that is full or forbidden is no reason to stop the work. */
export function saveDraft(key: DraftKey, form: Field[], answers: Answers): boolean {
  const kept = keepable(form, answers)
  try {
    if (Object.keys(kept).length === 0) localStorage.removeItem(nameOf(key))
    else localStorage.setItem(nameOf(key), JSON.stringify({ at: Date.now(), answers: kept }))
    return Object.keys(kept).length > 0
  } catch {
    return false
  }
}

/** A draft of the last seven days, reduced again to what the present form lets stay. */
export function loadDraft(key: DraftKey, form: Field[]): Answers | undefined {
  try {
    const text = localStorage.getItem(nameOf(key))
    if (!text) return undefined
    const draft = JSON.parse(text) as { at: number; answers: Answers }
    if (!(Date.now() - draft.at < KEEP)) {
      localStorage.removeItem(nameOf(key))
      return undefined
    }
    return keepable(form, draft.answers)
  } catch {
    return undefined
  }
}

/** After success. */
export function clearDraft(key: DraftKey): void {
  try {
    localStorage.removeItem(nameOf(key))
  } catch {
    // nothing was stored either
  }
}

/** At sign-out: all drafts of this device, whoever wrote them. */
export function clearAllDrafts(): void {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name)
  } catch {
    // nothing was stored either
  }
}
