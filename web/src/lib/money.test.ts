import { describe, expect, it } from 'vitest'
import { fenToYuan, formatFen, MAX_FEN, yuanToFen } from './money'

describe('yuanToFen', () => {
  it.each([
    ['', null],
    ['  ', null],
    ['0', 0],
    ['-0', 0],
    ['12', 1200],
    ['12.', 1200],
    ['12.3', 1230],
    ['12.34', 1234],
    ['0.29', 29],
    ['1.10', 110],
    ['4.35', 435],
    ['8192.99', 819299],
    ['1,234.50', 123450],
    ['１２．５', 1250],
    ['￥300 元', 30000],
    ['-5.5', -550],
    ['10000000000', MAX_FEN],
    ['10000000000.01', undefined],
    ['1.234', undefined],
    ['abc', undefined],
    ['1e5', undefined],
    ['--5', undefined],
    ['NaN', undefined],
  ])('%j is %j fen', (typed, fen) => {
    expect(yuanToFen(typed)).toBe(fen)
  })

  it('comes back to the same amount', () => {
    for (const fen of [0, 1, 9, 10, 99, 100, 101, 1999, 819299, MAX_FEN]) expect(yuanToFen(fenToYuan(fen))).toBe(fen)
  })
})

it('formatFen groups thousands and shows a dash for nothing', () => {
  expect(formatFen(123450)).toBe('1,234.50 元')
  expect(formatFen(99)).toBe('0.99 元')
  expect(formatFen(-100000000)).toBe('-1,000,000.00 元')
  expect(formatFen(undefined)).toBe('—')
})
