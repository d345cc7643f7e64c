/** A fresh key for one act. */
export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  // randomUUID is missing on plain-HTTP addresses in an office network.
  const b = crypto.getRandomValues(new Uint8Array(16))
  b[6] = (b[6]! & 0x0f) | 0x40
  b[8] = (b[8]! & 0x3f) | 0x80
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** What is known about an attempt: done, refused for certain, or no answer came. */
export type Outcome = 'done' | 'refused' | 'unknown'

/**
 * Keeps the Idempotency-Key of one form until the act has succeeded. A repeated
 * attempt carries the same key. After a certain refusal a changed form gets a new
 * key (the server refuses another body under an old one); after an unknown outcome
 * the key stays even if the form was changed, so that nothing can happen twice.
 */
export class KeyKeeper {
  private key = newKey()
  private body: string | undefined
  private unknown = false

  /** earlier: the key of an attempt from before the page was loaded anew. Nobody knows what became of it. */
  constructor(earlier?: string) {
    if (!earlier) return
    this.key = earlier
    this.unknown = true
  }

  /** The key to send with this body. */
  keyFor(body: unknown): string {
    const text = JSON.stringify(body) ?? ''
    if (this.body !== undefined && this.body !== text && !this.unknown) this.key = newKey()
    if (!this.unknown) this.body = text
    return this.key
  }

  /** Records how the last attempt ended. */
  settle(outcome: Outcome): void {
    this.unknown = outcome === 'unknown'
    if (outcome === 'done') this.renew()
  }

  /** Starts over, as after the server said that the key belongs to an earlier act. */
  renew(): void {
    this.key = newKey()
    this.body = undefined
    this.unknown = false
  }
}
