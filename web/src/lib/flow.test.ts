import { expect, it } from 'vitest'
import type { Flow, FlowEdge, FlowNode } from '../api/types'
import { draw, pathOf, phasesOf, shortChart } from './flow'

const node = (code: string, more: Partial<FlowNode> = {}): FlowNode => ({ code, title: code, initial: false, final: false, present: false, visits: 0, ...more })
const edge = (event: string, from: string, to: string, more: Partial<FlowEdge> = {}): FlowEdge => ({ event, title: event, from, to, taken: 0, return: false, automatic: false, ...more })
const flow: Flow = {
  case_id: 'c',
  procedure: 'p',
  version: 1,
  title: '',
  present: 'b',
  mermaid: '',
  nodes: [node('a', { visits: 1 }), node('b', { visits: 2, present: true }), node('c'), node('done', { final: true }), node('no', { final: true })],
  edges: [edge('go', 'a', 'b', { taken: 2 }), edge('on', 'b', 'c'), edge('back', 'b', 'a', { return: true, taken: 1 }), edge('end', 'c', 'done'), edge('also', 'c', 'done'), edge('refuse', 'b', 'no'), edge('cancel', 'b', 'no'), edge('stray', 'b', 'unknown')],
}

it('places every state inside the drawing and no two upon each other', () => {
  const d = draw(flow)
  expect(d.boxes.map((b) => [b.node.code, b.phase])).toEqual([['a', 'done'], ['b', 'present'], ['c', 'ahead'], ['done', 'ahead']])
  expect(d.exits.map((e) => e.titles)).toEqual([['refuse → no', 'cancel → no']])
  const all = [...d.boxes, ...d.exits]
  for (const b of all) {
    expect(b.x - b.width / 2).toBeGreaterThanOrEqual(0)
    expect(b.x + b.width / 2).toBeLessThanOrEqual(d.width)
    expect(b.y + b.height / 2).toBeLessThanOrEqual(d.height)
  }
  for (const p of all) for (const q of all) if (p !== q) expect(Math.abs(p.x - q.x) >= (p.width + q.width) / 2 || Math.abs(p.y - q.y) >= (p.height + q.height) / 2).toBe(true)
})

it('draws the events between two states as one line, with how often it was gone', () => {
  const lines = new Map(draw(flow).lines.map((l) => [l.id, l]))
  expect(lines.get('c-done')?.titles).toEqual(['end', 'also'])
  expect(lines.get('a-b')).toMatchObject({ titles: ['go×2'], taken: true, back: false })
  expect(lines.get('b-a')).toMatchObject({ taken: true, back: true })
  expect(lines.has('b-unknown')).toBe(false)
})

it('an end that was reached is a state like the others', () => {
  const ended = { ...flow, nodes: flow.nodes.map((n) => ({ ...n, present: n.code === 'no', visits: n.code === 'no' ? 1 : n.visits })) }
  const d = draw(ended)
  expect(d.boxes.map((b) => b.node.code)).toContain('no')
  expect(d.exits).toEqual([])
})

it('the short chart leaves out side branches that were never taken', () => {
  expect(shortChart(flow, [flow.nodes[2]!]).nodes.map((n) => n.code)).toEqual(['a', 'b', 'c'])
})

it('pathOf goes through the first and the last point', () => {
  expect(pathOf([{ x: 0, y: 0 }, { x: 5, y: 5 }, { x: 10, y: 0 }])).toBe('M0,0 Q5,5 7.5,2.5 L10,0')
  expect(pathOf([])).toBe('')
})

it('an event that leaves the state as it is goes out of its box and back into it', () => {
  const d = draw({ ...flow, edges: [...flow.edges, edge('stay', 'c', 'c')] })
  const box = d.boxes.find((b) => b.node.code === 'c')!
  const line = d.lines.find((l) => l.id === 'c-c')!
  const side = box.x + box.width / 2
  expect([line.points[0], line.points[line.points.length - 1]].map((p) => [p!.x, Math.abs(p!.y - box.y) < box.height / 2])).toEqual([[side, true], [side, true]])
  expect(line.label!.x).toBeGreaterThan(side)
  expect(line.label!.x).toBeLessThan(d.width)
})

it('tells what a case may still come to from what it comes to no more', () => {
  expect(Object.fromEntries(phasesOf(flow))).toEqual({ a: 'done', b: 'present', c: 'ahead', done: 'ahead', no: 'ahead' })
  const further = { ...flow, nodes: flow.nodes.map((n) => ({ ...n, present: n.code === 'c', visits: n.code === 'b' || n.code === 'c' ? 1 : n.visits })) }
  expect(Object.fromEntries(phasesOf(further))).toEqual({ a: 'done', b: 'done', c: 'present', done: 'ahead', no: 'never' })
  // Of a part of the chart too it is the whole that decides.
  const part = { ...flow, nodes: flow.nodes.filter((n) => n.code !== 'c'), edges: flow.edges.filter((e) => e.from !== 'c' && e.to !== 'c') }
  expect(draw(part, [], flow).boxes.find((b) => b.node.code === 'done')?.phase).toBe('ahead')
  expect(draw(part).boxes.find((b) => b.node.code === 'done')?.phase).toBe('never')
})
