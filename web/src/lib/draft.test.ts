import { beforeEach, expect, it, vi } from 'vitest'
import type { Field } from '../api/types'
import { clearAllDrafts, clearDraft, keepable, loadDraft, openDraft, saveDraft, sealDraft } from './draft'
import { keyFrom } from './sealing'

const field = (code: string, cls: Field['class'], kind: Field['kind'] = 'text', columns?: Field[]): Field => ({ code, title: code, kind, class: cls, required: true, columns })
const form = [
  field('place', 'P0'),
  field('opinion', 'P1', 'long'),
  field('respondent', 'P2'),
  field('findings', 'P3', 'long'),
  field('detail', 'P4'),
  field('objector', 'P5'),
  field('photos', 'P1', 'files'),
  field('missing', 'P1', 'rows', [field('item', 'P1'), field('person', 'P2')]),
]
const full = {
  place: '公示栏',
  opinion: '同意上报',
  respondent: '张某',
  findings: '病情',
  detail: '存款',
  objector: '李某',
  photos: ['file-of-a-photo'],
  missing: [{ item: '户口簿', person: '张某' }],
  unknown: 'x',
}
const key = { user: 'u1', subject: 'c1', event: 'township_pass' }

beforeEach(() => localStorage.clear())

it('keeps classes P0 and P1 only, inside rows too, and no files', () => {
  expect(keepable(form, full)).toEqual({ place: '公示栏', opinion: '同意上报', missing: [{ item: '户口簿' }] })
})

it('keeps no answer that holds an identity number, whatever its class', () => {
  expect(keepable(form, { place: '公示栏', opinion: '证号 11010119900307123X 的农户' })).toEqual({ place: '公示栏' })
  expect(keepable(form, { opinion: '旧证号 110101900307123' })).toEqual({})
})

it('nothing sensitive reaches the storage', () => {
  saveDraft(key, form, full)
  const stored = JSON.stringify({ ...localStorage })
  for (const secret of ['张某', '病情', '存款', '李某', 'file-of-a-photo']) expect(stored).not.toContain(secret)
  expect(loadDraft(key, form)?.answers).toEqual({ place: '公示栏', opinion: '同意上报', missing: [{ item: '户口簿' }] })
})

it('belongs to one person, one case and one event', () => {
  saveDraft(key, form, full)
  expect(loadDraft({ ...key, user: 'u2' }, form)).toBeUndefined()
  expect(loadDraft({ ...key, subject: 'c2' }, form)).toBeUndefined()
  expect(loadDraft({ ...key, event: 'township_return' }, form)).toBeUndefined()
})

it('goes after success, at sign-out and after seven days', () => {
  saveDraft(key, form, full)
  clearDraft(key)
  expect(loadDraft(key, form)).toBeUndefined()

  localStorage.setItem('other', 'stays')
  saveDraft(key, form, full)
  clearAllDrafts()
  expect(loadDraft(key, form)).toBeUndefined()
  expect(localStorage.getItem('other')).toBe('stays')

  vi.useFakeTimers()
  vi.setSystemTime('2026-11-01T00:00:00Z')
  saveDraft(key, form, full)
  vi.setSystemTime('2026-11-07T23:59:59Z')
  expect(loadDraft(key, form)).toBeDefined()
  vi.setSystemTime('2026-11-08T00:00:00Z')
  expect(loadDraft(key, form)).toBeUndefined()
})

it('a broken draft is no draft', () => {
  localStorage.setItem('shouwang-draft:u1:c1:township_pass', '{')
  expect(loadDraft(key, form)).toBeUndefined()
})

const keyOf = (n: number) => keyFrom(btoa(String.fromCharCode(n).repeat(32)))

it('keeps all of it sealed, in its place and under its key only', async () => {
  const by = await keyOf(1)
  saveDraft(key, form, full)
  expect(await sealDraft(key, form, { ...full, opinion: undefined }, by)).toBe(true)
  const stored = JSON.stringify({ ...localStorage })
  for (const secret of ['张某', '病情', '存款', '李某', 'file-of-a-photo']) expect(stored).not.toContain(secret)
  expect(await openDraft(key, form, by)).toEqual({ place: '公示栏', opinion: undefined, respondent: '张某', findings: '病情', detail: '存款', objector: '李某', photos: ['file-of-a-photo'], missing: full.missing })
  expect(await openDraft(key, form, await keyOf(2))).toBeUndefined()
  localStorage.setItem('shouwang-draft:u1:c2:township_pass', localStorage.getItem('shouwang-draft:u1:c1:township_pass')!)
  expect(await openDraft({ ...key, subject: 'c2' }, form, by)).toBeUndefined()
  // What is typed next does not undo what was sealed, and what is sealed last stands.
  saveDraft(key, form, { ...full, place: '村口' })
  expect((await openDraft(key, form, by))?.respondent).toBe('张某')
  const late = sealDraft(key, form, full, by)
  clearDraft(key)
  expect(await late).toBe(false)
  expect(await openDraft(key, form, by)).toBeUndefined()
})

it('keeps the key under which the form was handed in, until it is over', () => {
  saveDraft(key, form, {}, 'the-key-of-the-act')
  saveDraft(key, form, full)
  expect(loadDraft(key, form)?.act).toBe('the-key-of-the-act')
  vi.useFakeTimers({ now: Date.now() + 3600 * 1000 })
  expect(loadDraft(key, form)).toMatchObject({ act: undefined, answers: { place: '公示栏' } })
  clearDraft(key)
  expect(loadDraft(key, form)).toBeUndefined()
})
