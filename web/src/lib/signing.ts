import type { Piece } from './photo'
import { isWritten, pictureOf, type Stroke } from './strokes'

/** What is filled in to sign on the screen. */
export interface Signing {
  /** The place on the paper; '' where the question itself is the place. */
  place: string
  name: string
  proxy: boolean
  relation: string
  reason: string
  strokes: Stroke[]
}

/** Whether a question asks for a signature. */
export const asksSignature = (field: { code: string }) => /(^|_)signatures?$/.test(field.code)

/** What is still missing, first things first. */
export function missingIn(s: Signing): string | undefined {
  if (!s.name.trim()) return '请填写签名人姓名'
  if (s.proxy && !s.relation.trim()) return '代签的，请填写代签人与本人的关系'
  if (s.proxy && !s.reason.trim()) return '代签的，请填写原因'
  return isWritten(s.strokes) ? undefined : '请在签名板上写下完整的名字'
}

/** The signature as a file to attach. */
export async function signedPiece(kind: string, s: Signing): Promise<Piece | undefined> {
  const now = Date.now()
  const file = await pictureOf(s.strokes, now)
  if (!file) return undefined
  const proxy = s.proxy ? { proxy: true, relation: s.relation.trim(), reason: s.reason.trim() } : {}
  return { kind, file, facts: { taken_at: new Date(now).toISOString(), signed: { place: s.place || undefined, name: s.name.trim(), ...proxy } } }
}

/** Who signs at a place, as far as its title tells: the household, or whoever fills in. */
export function likelyName(place: string, names: { household?: string; own?: string }): string {
  if (/^(户主|农户|脱贫户|监测户)/.test(place)) return names.household ?? ''
  return /^(调查|填表|核实|评估)/.test(place) ? (names.own ?? '') : ''
}
