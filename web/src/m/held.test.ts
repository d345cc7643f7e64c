import { expect, it } from 'vitest'
import { exported, hold, MOST_EACH, MOST_FILES, MOST_HELD, pieceFrom, refusal, withSent } from './held'
import type { Store } from './store'

it('takes what there is room for, and says kindly why not', () => {
  expect(refusal(MOST_EACH, 0, 0)).toBeUndefined()
  expect(refusal(MOST_EACH + 1, 0, 0)).toMatch(/^单张超过 5 兆/)
  expect(refusal(10, MOST_FILES - 1, 0)).toBeUndefined()
  expect(refusal(10, MOST_FILES, 0)).toMatch(/最多 20 张/)
  expect(refusal(10, 0, MOST_HELD - 10)).toBeUndefined()
  expect(refusal(11, 0, MOST_HELD - 10)).toMatch(/60 兆/)
})

it('gives back what it was given', async () => {
  const file = new File(['bytes'], '门前.png', { type: 'image/png', lastModified: 5 })
  const facts = { taken_at: '2026-03-10T04:00:00Z' }
  const { held, put } = await hold({ kind: 'photo', file, facts })
  const again = pieceFrom(held, (put as { bytes: ArrayBuffer }).bytes)
  expect([again.kind, again.facts, again.file.name, again.file.type, again.file.lastModified, await again.file.text()]).toEqual(['photo', facts, '门前.png', 'image/png', 5, 'bytes'])
})

it('names files in answers only where they have arrived', () => {
  const files = [{ id: 'x', kind: 'p', name: '', type: '', size: 1, at: 1, facts: {}, sent: 'at-x' }, { id: 'y', kind: 'p', name: '', type: '', size: 1, at: 1, facts: {} }]
  expect(withSent({ a: ['x', 'y'], b: 'other', c: [{ d: ['x'] }], e: 3, f: true }, files)).toEqual({ a: ['at-x', 'y'], b: 'other', c: [{ d: ['at-x'] }], e: 3, f: true })
})

it('exports entries with the bytes of their photos', async () => {
  const held = { id: 'x', kind: 'photo', name: 'a.png', type: 'image/png', size: 3, at: 1, facts: {} }
  const store = { bytes: async () => new TextEncoder().encode('abc').buffer } as unknown as Store
  expect(JSON.parse(await (await exported(store, [{ id: '1', files: [held] }, { id: '2' }] as never)).text())).toEqual([{ id: '1', files: [{ ...held, content: btoa('abc') }] }, { id: '2', files: [] }])
  expect(JSON.parse(await (await exported(store, [])).text())).toEqual([])
})
