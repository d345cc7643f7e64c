import { expect, it } from 'vitest'
import { boxAround, closer, clusters, heartOf, type Place, planeOf } from './plane'

const square = { west: 104, south: 30, east: 105, north: 31 }

it('puts the corners of a box into those of the plane', () => {
  const plane = planeOf(square, 400)
  const [x, y] = plane.at([104, 31])
  expect([Math.round(x), Math.round(y)]).toEqual([0, 0])
  const [right, down] = plane.at([105, 30])
  expect(Math.round(right)).toBe(400)
  expect(down).toBeCloseTo(plane.height)
  expect(plane.height).toBeCloseTo(400 / Math.cos((30.5 * Math.PI) / 180))
})

it('gives a single place room', () => {
  const box = boxAround([[104.5, 30.5]])!
  expect(box.east).toBeGreaterThan(104.5)
  expect(boxAround([])).toBeUndefined()
})

it('looks closer without leaving the box', () => {
  const part = closer(square, 4, [104.01, 30.99])
  expect(part.west).toBe(104)
  expect(part.north).toBeCloseTo(31)
  expect(part.east - part.west).toBeCloseTo(0.25)
})

it('joins what lies close together and loses nothing that is on the plane', () => {
  const places: Place[] = [
    [104.12, 30.12],
    [104.1201, 30.1201],
    [104.9, 30.9],
    [106, 30.5],
  ]
  const plane = planeOf(square, 400)
  const found = clusters(places, (p) => p, plane, 40)
  expect(found.map((c) => c.items.length).sort()).toEqual([1, 2])
  expect(clusters(places, (p) => p, planeOf(closer(square, 2000, [104.12, 30.12]), 400), 40)).toHaveLength(2)
})

it('looks where somebody is', () => {
  expect(heartOf([])).toBeUndefined()
  expect(
    heartOf([
      [104, 30],
      [104.4, 30],
      [105, 30],
    ]),
  ).toEqual([104.4, 30])
})
