import type { FileFacts } from '../api/types'
import { formatTime } from './dates'

/** What is told of a file, as a person reads it. */
export function factsWords(facts: FileFacts | undefined): string {
  if (!facts) return ''
  const { taken_at: at, place, signed } = facts
  const parts = []
  if (signed) parts.push(`${signed.place ? `${signed.place} ` : ''}签名人 ${signed.name}${signed.proxy ? `（代签，${signed.relation}，${signed.reason}）` : ''}`)
  if (at) parts.push(`${formatTime(at)} ${signed ? '签' : '拍'}`)
  if (place) parts.push(`东经 ${place.longitude}°，北纬 ${place.latitude}°（误差约 ${place.accuracy} 米）`)
  return parts.join(' · ')
}
