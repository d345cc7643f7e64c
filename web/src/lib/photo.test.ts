import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { factsWords } from './facts'
import { pieceOf } from './photo'
import { locate, placeWanted, wantPlace } from './place'

const shot = (age = 0) => new File(['x'], '门前.jpg', { type: 'image/jpeg', lastModified: Date.now() - age })

/** A device that answers with a place, or with the number of a refusal. */
function device(answer: { longitude: number; latitude: number; accuracy: number } | number) {
  const asked = vi.fn((done: (p: unknown) => void, fail: (e: unknown) => void) => (typeof answer === 'number' ? fail({ code: answer }) : done({ coords: answer })))
  vi.stubGlobal('navigator', { geolocation: { getCurrentPosition: asked } })
  return asked
}

beforeEach(() => localStorage.clear())
afterEach(() => vi.unstubAllGlobals())

it('asks the device for no place until somebody has wanted it', async () => {
  const asked = device({ longitude: 104.1234567, latitude: 30.5, accuracy: 11.6 })
  expect(placeWanted()).toBe(false)
  expect((await pieceOf('photo', shot())).facts).toEqual({ taken_at: expect.any(String) })
  expect(asked).not.toHaveBeenCalled()
  wantPlace(true)
  expect((await pieceOf('photo', shot())).facts.place).toEqual({ longitude: 104.123457, latitude: 30.5, accuracy: 12 })
  wantPlace(false)
  expect((await pieceOf('photo', shot())).facts.place).toBeUndefined()
})

it('takes the photo without a place where none is to be had, and says so', async () => {
  wantPlace(true)
  for (const [code, words] of [[1, '没有得到定位许可'], [2, '定位暂时取不到'], [3, '定位超时']] as const) {
    device(code)
    const piece = await pieceOf('photo', shot())
    expect(piece.facts.place).toBeUndefined()
    expect(piece.said).toBe(`${words}，照片照常保存，不记地点`)
  }
  device({ longitude: 0, latitude: 51, accuracy: 5 })
  expect(await locate()).toEqual({ said: '定位结果不在国内，照片照常保存，不记地点' })
  vi.stubGlobal('navigator', {})
  expect(await locate()).toEqual({ said: '设备不能定位，照片照常保存，不记地点' })
})

it('gives an older photo no place, and a document nothing at all', async () => {
  wantPlace(true)
  const asked = device({ longitude: 104, latitude: 30, accuracy: 5 })
  const old = await pieceOf('photo', shot(3_600_000))
  expect(old.facts.place).toBeUndefined()
  expect(old.said).toBe('照片不是刚拍的，不记地点')
  expect((await pieceOf('proof', new File(['x'], 'a.pdf', { type: 'application/pdf' }))).facts).toEqual({})
  expect(asked).not.toHaveBeenCalled()
})

it('tells when, where and by whom', () => {
  expect(factsWords({ taken_at: '2026-03-10T01:00:00Z', place: { longitude: 104.5, latitude: 30.5, accuracy: 12 } })).toBe('2026-03-10 09:00 拍 · 东经 104.5°，北纬 30.5°（误差约 12 米）')
  expect(factsWords({ signed: { place: '户主（签字）', name: '罗小英', proxy: true, relation: '女儿', reason: '户主外出' } })).toBe('户主（签字） 签名人 罗小英（代签，女儿，户主外出）')
  expect(factsWords(undefined)).toBe('')
})
