import type { Answers, Field } from '../api/types'
import { seal, unseal } from './sealing'

const PREFIX = 'shouwang-draft:'
const KEEP = 7 * 24 * 3600 * 1000
/** So long after it was handed in a form handed in again is the same act; later it may be the next of its kind. */
const REPEATED = 3600 * 1000

/** Eighteen or fifteen digits in a row look like an identity number wherever they were typed. */
const identityNumber = /\d{17}[\dXx]|\d{15}/

/** Whose form it is, about what, and which act. */
export interface DraftKey {
  user: string
  subject: string
  event: string
}

const nameOf = (k: DraftKey) => `${PREFIX}${k.user}:${k.subject}:${k.event}`

/** Only ordinary answers stay on this device in the clear; all others are sealed under the account's key. */
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

interface Stored {
  at: number
  /** What may stand in the clear. */
  answers: Answers
  /** All of it, sealed. */
  sealed?: { iv: string; data: string }
  /** The key under which it was handed in, if it was: nobody knows what became of that. */
  act?: string
}

/** What was kept of a form. */
export interface Draft {
  answers: Answers
  act?: string
}

function read(key: DraftKey): Stored | undefined {
  try {
    const text = localStorage.getItem(nameOf(key))
    if (!text) return undefined
    const stored = JSON.parse(text) as Stored
    if (Date.now() - stored.at < KEEP) return stored
    localStorage.removeItem(nameOf(key))
  } catch {
    // a broken draft is no draft
  }
  return undefined
}

/** Storage that is full or forbidden is no reason to stop the work. */
function write(key: DraftKey, stored: Stored): boolean {
  try {
    const empty = Object.keys(stored.answers).length === 0 && !stored.sealed && !stored.act
    if (empty) localStorage.removeItem(nameOf(key))
    else localStorage.setItem(nameOf(key), JSON.stringify(stored))
    return !empty
  } catch {
    return false
  }
}

/** Stores of a half-filled form what may stand in the clear, and of what is sealed what was there before. */
export function saveDraft(key: DraftKey, form: Field[], answers: Answers, act?: string): boolean {
  return write(key, { at: Date.now(), answers: keepable(form, answers), act: act ?? read(key)?.act, sealed: read(key)?.sealed })
}

/** A draft of the last seven days, reduced again to what the present form lets stay. */
export function loadDraft(key: DraftKey, form: Field[]): Draft | undefined {
  const stored = read(key)
  return stored && { answers: keepable(form, stored.answers ?? {}), act: Date.now() - stored.at < REPEATED ? stored.act : undefined }
}

/** Stores all of it, sealed, beside what stands in the clear. What was typed meanwhile is newer and is left alone. */
export async function sealDraft(key: DraftKey, form: Field[], answers: Answers, by: CryptoKey): Promise<boolean> {
  const stored = read(key)
  const turn = ++turns
  const all = Object.fromEntries(form.map((f) => [f.code, answers[f.code] ?? null]))
  const sealed = await seal(by, nameOf(key), JSON.stringify(all))
  if (turn !== turns) return false
  return write(key, { at: Date.now(), answers: stored?.answers ?? {}, act: stored?.act, sealed })
}

let turns = 0

/** The answers of a draft that was sealed, those taken away among them as undefined; nothing where it does not open. */
export async function openDraft(key: DraftKey, form: Field[], by: CryptoKey): Promise<Answers | undefined> {
  const sealed = read(key)?.sealed
  if (!sealed) return undefined
  try {
    const all = JSON.parse(await unseal(by, nameOf(key), sealed)) as Answers
    return Object.fromEntries(form.flatMap((f) => (f.code in all ? [[f.code, all[f.code] ?? undefined]] : [])))
  } catch {
    return undefined
  }
}

/** After success. */
export function clearDraft(key: DraftKey): void {
  turns++ // what is being sealed just now comes too late
  try {
    localStorage.removeItem(nameOf(key))
  } catch {
    // nothing was stored either
  }
}

/** At sign-out: all drafts of this device, whoever wrote them. */
export function clearAllDrafts(): void {
  turns++
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name)
  } catch {
    // nothing was stored either
  }
}
