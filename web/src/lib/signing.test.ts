import { expect, it } from 'vitest'
import { likelyName, missingIn, type Signing } from './signing'
import { isWritten, type Stroke } from './strokes'

const written: Stroke[] = [[{ x: 10, y: 10 }, { x: 200, y: 120 }], [{ x: 40, y: 100 }, { x: 260, y: 30 }]]

it('a touch or a slip is no signature', () => {
  expect(isWritten([])).toBe(false)
  expect(isWritten([[{ x: 5, y: 5 }]])).toBe(false)
  expect(isWritten([[{ x: 5, y: 5 }, { x: 40, y: 40 }]])).toBe(false)
  expect(isWritten([[{ x: 5, y: 5 }, { x: 400, y: 5 }]])).toBe(false)
  expect(isWritten(written)).toBe(true)
})

it('asks for the name, for whom and why, and the signature, in this order', () => {
  const s: Signing = { place: '户主（签字）', name: ' ', proxy: true, relation: '', reason: '', strokes: [] }
  expect(missingIn(s)).toMatch(/姓名/)
  expect(missingIn({ ...s, name: '罗小英' })).toMatch(/关系/)
  expect(missingIn({ ...s, name: '罗小英', relation: '女儿' })).toMatch(/原因/)
  expect(missingIn({ ...s, name: '罗小英', relation: '女儿', reason: '户主外出' })).toMatch(/写下/)
  expect(missingIn({ ...s, name: '罗小英', relation: '女儿', reason: '户主外出', strokes: written })).toBeUndefined()
  expect(missingIn({ ...s, name: '罗守田', proxy: false, strokes: written })).toBeUndefined()
})

it('knows who is likely to sign', () => {
  const names = { household: '罗守田', own: '何建国' }
  expect(['农户签字（手印）', '户主（签字）', '监测户（签字）'].map((p) => likelyName(p, names))).toEqual(['罗守田', '罗守田', '罗守田'])
  expect(likelyName('调查员（签字）', names)).toBe('何建国')
  expect(likelyName('见证人（签字）', names)).toBe('')
})
