import { afterEach, expect, test, vi } from 'vitest'
import type { Piece } from '../lib/photo'
import { attach } from './attach'
import { api } from './client'

afterEach(() => vi.restoreAllMocks())

/** The form that an upload would send. */
async function sent(kind: string, facts: Piece['facts'] = {}): Promise<FormData> {
  const post = vi.spyOn(api, 'POST').mockResolvedValue({ data: { id: 'a' }, response: new Response() } as never)
  await attach('c1', { kind, facts, file: new File(['%PDF-1.7'], 'a.pdf', { type: 'application/pdf', lastModified: Date.UTC(2026, 2, 2, 1) }) })
  const options = post.mock.calls[0]?.[1] as unknown as { bodySerializer: () => FormData }
  return options.bodySerializer()
}

test('a signature tells on what and when it was drawn, another file does not', async () => {
  const first = await sent('household_signature')
  expect(first.get('signed_at')).toBe('2026-03-02T01:00:00.000Z')
  expect(first.get('device')).toMatch(/^[0-9a-f-]{36}$/)
  vi.restoreAllMocks()
  expect((await sent('surveyor_signature')).get('device')).toBe(first.get('device'))
  vi.restoreAllMocks()
  expect((await sent('photos')).has('device')).toBe(false)
})

test('what is told of a file goes with it, and nothing where nothing is told', async () => {
  const facts = { taken_at: '2026-03-02T01:00:00Z', place: { longitude: 104.5, latitude: 30.5, accuracy: 12 } }
  expect(JSON.parse(String((await sent('photo', facts)).get('facts')))).toEqual(facts)
  vi.restoreAllMocks()
  expect((await sent('photo', { original: undefined })).has('facts')).toBe(false)
})
