import { expect, test } from 'vitest'
import type { TimelineEntry } from '../../api/types'
import { latestFinding } from './LatestFinding'

const entry = (seq: number, kind: string, checks?: string[]) =>
  ({ seq, kind, checks: checks?.map((code) => ({ code, title: code, verdict: 'yes', verdict_title: '是', values: [] })) }) as unknown as TimelineEntry

test('what a rule finds now is what it has said last', () => {
  const items = [entry(1, 'open', ['a']), entry(2, 'rule_changed', ['a']), entry(3, 'rule_clean'), entry(4, 'event', ['b'])]
  expect(latestFinding(items)?.seq).toBe(2)
  expect(latestFinding(items.slice(0, 1))?.seq).toBe(1)
  expect(latestFinding([entry(1, 'open')])).toBeUndefined()
})
