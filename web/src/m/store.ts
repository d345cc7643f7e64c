import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

// The one place where a phone keeps what it was given: an IndexedDB whose values are sealed (AES-256-GCM) under a key that
// belongs to the account. The server holds that key and gives it to whoever signs in; here it stands as a CryptoKey that no
// script can read out, and only while somebody is signed in. Without it the values are noise.

/** What may be kept: what was taken along from the server and a note of what was sent, and what was typed or taken here and is not with the server yet. */
export type Kind = 'list' | 'household' | 'form' | 'events' | 'sent' | 'draft' | 'entry' | 'file'

const TAKEN_ALONG: Kind[] = ['list', 'household', 'form', 'events', 'sent']
/** Whatever is not sent counts by its drafts and entries; the files beside them belong to these. */
const TYPED: Kind[] = ['draft', 'entry']

/** Something to keep: a value, or the bytes of a file. */
export type Put = { kind: Kind; id: string } & ({ value: unknown } | { bytes: ArrayBuffer })

const DAY = 24 * 3600 * 1000
/** How far behind its last contact a phone's clock may be before what is kept counts as too old. */
const CLOCK_SLACK = 3600 * 1000

/** An account that has used this phone. */
export interface Holder {
  user: string
  name: string
  /** Not there while locked. */
  key?: CryptoKey
  /** When the server was last reached, by this phone's clock. */
  reached: number
  /** After so many days without contact what was taken along goes. */
  days: number
}

interface Sealed {
  user: string
  kind: Kind
  id: string
  iv: Uint8Array<ArrayBuffer>
  data: ArrayBuffer
}

interface Schema extends DBSchema {
  holders: { key: string; value: Holder }
  sealed: { key: [string, Kind, string]; value: Sealed }
}

let opening: Promise<IDBPDatabase<Schema>> | undefined

function database(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>('shouwang-m', 1, {
    upgrade(db) {
      db.createObjectStore('holders', { keyPath: 'user' })
      db.createObjectStore('sealed', { keyPath: ['user', 'kind', 'id'] })
    },
  })
  return opening
}

/** Whether this browser, at this address, can keep anything sealed: that takes HTTPS (or this very machine). */
export function canKeep(): boolean {
  return typeof indexedDB !== 'undefined' && typeof crypto !== 'undefined' && crypto.subtle !== undefined
}

const every = (user: string, kind: Kind) => IDBKeyRange.bound([user, kind, ''], [user, kind, '\uffff'])

/** What is kept of one account, open. */
export class Store {
  constructor(
    readonly user: string,
    private readonly key: CryptoKey,
  ) {}

  async put(kind: Kind, id: string, value: unknown): Promise<void> {
    await this.change([{ kind, id, value }], [])
  }

  /** Several changes at once: all of them are there afterwards, or none. */
  async change(put: Put[], drop: { kind: Kind; id: string }[]): Promise<void> {
    const rows = await Promise.all(put.map((p) => this.seal(p.kind, p.id, 'bytes' in p ? p.bytes : new TextEncoder().encode(JSON.stringify(p.value)))))
    const tx = (await database()).transaction('sealed', 'readwrite', { durability: 'strict' })
    for (const row of rows) void tx.store.put(row)
    for (const d of drop) void tx.store.delete([this.user, d.kind, d.id])
    await tx.done
  }

  async get<T>(kind: Kind, id: string): Promise<T | undefined> {
    const row = await (await database()).get('sealed', [this.user, kind, id])
    return row && this.read<T>(row)
  }

  /** The bytes of a file. */
  async bytes(id: string): Promise<ArrayBuffer | undefined> {
    const row = await (await database()).get('sealed', [this.user, 'file', id])
    return row && this.open(row)
  }

  async all<T>(kind: Kind): Promise<T[]> {
    const rows = await (await database()).getAll('sealed', every(this.user, kind))
    return Promise.all(rows.map((r) => this.read<T>(r)))
  }

  /** The ids of what is kept of a kind, without opening anything. */
  async ids(kind: Kind): Promise<string[]> {
    return (await (await database()).getAllKeys('sealed', every(this.user, kind))).map(([, , id]) => id)
  }

  async drop(kind: Kind, id: string): Promise<void> {
    await this.change([], [{ kind, id }])
  }

  private async seal(kind: Kind, id: string, plain: BufferSource): Promise<Sealed> {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: this.place(kind, id) }, this.key, plain)
    return { user: this.user, kind, id, iv, data }
  }

  private open(row: Sealed): Promise<ArrayBuffer> {
    return crypto.subtle.decrypt({ name: 'AES-GCM', iv: row.iv, additionalData: this.place(row.kind, row.id) }, this.key, row.data)
  }

  private async read<T>(row: Sealed): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.open(row))) as T
  }

  /** A value opens only in the place that it was sealed for. */
  private place(kind: Kind, id: string): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(`${this.user}/${kind}/${id}`)
  }
}

/** The account that is signed in on this phone, if what it keeps may still be read. */
export async function resume(now = Date.now()): Promise<Holder | undefined> {
  const holders = await (await database()).getAll('holders')
  const holder = holders.find((h) => h.key)
  if (!holder) return undefined
  if (now - holder.reached < holder.days * DAY && now > holder.reached - CLOCK_SLACK) return holder
  await forget()
  return undefined
}

/** Whoever signed in gets his store; what other accounts took along on this phone goes, and their keys. */
export async function admit(user: { id: string; name: string }, base64: string, days: number, now = Date.now()): Promise<Store> {
  const raw = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
  raw.fill(0)
  await forgetOthers(user.id)
  await (await database()).put('holders', { user: user.id, name: user.name, key, reached: now, days })
  return new Store(user.id, key)
}

/** The server was reached. */
export async function reached(user: string, now = Date.now()): Promise<void> {
  const tx = (await database()).transaction('holders', 'readwrite')
  const holder = await tx.store.get(user)
  if (holder) await tx.store.put({ ...holder, reached: now })
  await tx.done
}

/** Locks: the key goes. What is sealed stays for the same account, who is given the key again when he signs in. */
export async function lock(): Promise<void> {
  const tx = (await database()).transaction('holders', 'readwrite')
  for (const { user, name, reached: at, days } of await tx.store.getAll()) await tx.store.put({ user, name, reached: at, days })
  await tx.done
}

/** Signed out, or too long without contact: the key goes and all that was taken along. What was typed and not sent stays sealed. */
export async function forget(): Promise<void> {
  await lock()
  await forgetOthers('')
}

async function forgetOthers(user: string): Promise<void> {
  const tx = (await database()).transaction(['holders', 'sealed'], 'readwrite')
  for (const holder of await tx.objectStore('holders').getAll()) {
    if (holder.user === user) continue
    for (const kind of TAKEN_ALONG) await tx.objectStore('sealed').delete(every(holder.user, kind))
    await tx.objectStore('holders').put({ user: holder.user, name: holder.name, reached: holder.reached, days: holder.days })
  }
  await tx.done
}

/** Whose unsent work lies sealed on this phone, and how much: its number can be told without opening it. */
export async function sealedWork(): Promise<{ user: string; name: string; count: number }[]> {
  const db = await database()
  const out = []
  for (const { user, name } of await db.getAll('holders')) {
    const counts = await Promise.all(TYPED.map((kind) => db.count('sealed', every(user, kind))))
    out.push({ user, name, count: counts.reduce((a, b) => a + b, 0) })
  }
  return out.filter((o) => o.count > 0)
}
