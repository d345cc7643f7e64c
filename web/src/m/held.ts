import type { Answers, FileFacts } from '../api/types'
import { newKey } from '../lib/idempotency'
import type { Bounds, Piece } from '../lib/photo'
import type { Put, Store } from './store'

// Photos and signatures that were taken on the phone and are not with the server yet. Their bytes are sealed like all that
// is kept; beside the draft or the entry that they belong to stands what they are.

export interface HeldFile {
  /** Also the key under which it is sent, and what answers call it until it has arrived. */
  id: string
  kind: string
  name: string
  type: string
  size: number
  /** When it was taken, milliseconds. */
  at: number
  facts: FileFacts
  /** What the server calls it, since it has it. */
  sent?: string
}

/** How many files one form or step takes here, how large one may be, and how much the phone keeps in all, in bytes. */
export const MOST_FILES = 20
export const MOST_EACH = 5 * 1024 * 1024
export const MOST_HELD = 60 * 1024 * 1024

/** Photos for a phone's store and line. */
export const PHONE: Bounds = { heavy: 1024 * 1024, longest: 2048 }

/** How much lies here in all. */
export async function heldBytes(store: Store): Promise<number> {
  const all = (await Promise.all([store.all<{ files?: HeldFile[] }>('draft'), store.all<{ files?: HeldFile[] }>('entry')])).flat()
  return all.flatMap((x) => x.files ?? []).reduce((sum, f) => sum + f.size, 0)
}

const mib = (bytes: number) => Math.round(bytes / 1024 / 1024)

/** Why a file cannot be kept here, if it cannot. */
export function refusal(size: number, here: number, held: number): string | undefined {
  if (here >= MOST_FILES) return `一份最多 ${MOST_FILES} 张，请先上传`
  if (size > MOST_EACH) return `单张超过 ${mib(MOST_EACH)} 兆，请调低相机的照片大小后重拍`
  if (held + size > MOST_HELD) return `手机上待上传的照片已接近 ${mib(MOST_HELD)} 兆的上限，请联网上传后再拍`
  return undefined
}

/** A file to keep, and the change of the store that keeps its bytes. */
export async function hold(piece: Piece): Promise<{ held: HeldFile; put: Put }> {
  const { file, kind, facts } = piece
  const held = { id: newKey(), kind, name: file.name, type: file.type, size: file.size, at: file.lastModified, facts }
  return { held, put: { kind: 'file', id: held.id, bytes: await file.arrayBuffer() } }
}

/** The file as it is sent. */
export const pieceFrom = (held: HeldFile, bytes: ArrayBuffer): Piece => ({ kind: held.kind, facts: held.facts, file: new File([bytes], held.name, { type: held.type, lastModified: held.at }) })

/** The answers with the server's names of the files, in rows of tables too. */
export function withSent(answers: Answers, files: HeldFile[] = []): Answers {
  const sent = new Map(files.map((f) => [f.id, f.sent]))
  const named = (value: unknown): unknown => {
    if (typeof value === 'string') return sent.get(value) ?? value
    if (Array.isArray(value)) return value.map(named)
    if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, named(v)]))
    return value
  }
  return files.length === 0 ? answers : (named(answers) as Answers)
}

/** Entries as a file in the clear, the bytes of their photos among them. In parts: a phone has no room for one long text. */
export async function exported(store: Store, entries: { files?: HeldFile[] }[]): Promise<Blob> {
  const parts: BlobPart[] = []
  for (const { files = [], ...entry } of entries) {
    parts.push(parts.length === 0 ? '[' : ',', JSON.stringify(entry).slice(0, -1), ',"files":[')
    for (const [i, file] of files.entries()) {
      const bytes = await store.bytes(file.id)
      parts.push(i === 0 ? '' : ',', JSON.stringify(file).slice(0, -1), ',"content":"', bytes ? base64(bytes) : '', '"}')
    }
    parts.push(']}')
  }
  return new Blob([...parts, parts.length === 0 ? '[]' : ']'], { type: 'application/json' })
}

const CHUNK = 0x8000

function base64(bytes: ArrayBuffer): string {
  const all = new Uint8Array(bytes)
  let text = ''
  for (let i = 0; i < all.length; i += CHUNK) text += String.fromCharCode(...all.subarray(i, i + CHUNK))
  return btoa(text)
}
