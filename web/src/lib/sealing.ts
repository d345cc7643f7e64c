/** Texts under a key that no script can read out (AES-256-GCM). A text opens only in the place it was sealed for. */
export interface SealedText {
  iv: string
  data: string
}

const bytesOf = (text: string) => new TextEncoder().encode(text)
const base64 = (bytes: ArrayBuffer | Uint8Array) => btoa(Array.from(new Uint8Array(bytes), (b) => String.fromCharCode(b)).join(''))
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))

/** Whether this address can seal anything: that takes HTTPS, or this very machine. */
export const canSeal = () => typeof crypto !== 'undefined' && crypto.subtle !== undefined

/** The key as the server gives it; what it was made of is wiped. */
export async function keyFrom(text: string): Promise<CryptoKey> {
  const raw = fromBase64(text)
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
  raw.fill(0)
  return key
}

export async function seal(key: CryptoKey, place: string, text: string): Promise<SealedText> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bytesOf(place) }, key, bytesOf(text))
  return { iv: base64(iv), data: base64(data) }
}

export async function unseal(key: CryptoKey, place: string, sealed: SealedText): Promise<string> {
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: fromBase64(sealed.iv), additionalData: bytesOf(place) }, key, fromBase64(sealed.data))
  return new TextDecoder().decode(plain)
}
