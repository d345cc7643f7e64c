import { expect, it } from 'vitest'
import type { Flow, FlowEdge, FlowNode } from '../api/types'
import { wayOf } from './path'

const node = (code: string, more: Partial<FlowNode> = {}): FlowNode => ({ code, title: code, initial: false, final: false, present: false, visits: 0, ...more })
const edge = (from: string, to: string, back = false): FlowEdge => ({ event: `${from}-${to}`, title: '', from, to, taken: 0, return: back, automatic: false })
const flow = (nodes: FlowNode[], edges: FlowEdge[]): Flow => ({ case_id: 'c', procedure: 'p', version: 1, title: '', present: '', nodes, edges, mermaid: '' })
const told = (f: Flow) => wayOf(f).map((s) => `${s.node.code}:${s.phase}`)

it('goes the shortest way to the first end, not round by side branches', () => {
  const f = flow(
    [node('review', { present: true, visits: 1 }), node('supplement'), node('approved'), node('registered', { final: true }), node('rejected', { final: true })],
    [edge('review', 'supplement'), edge('supplement', 'review'), edge('review', 'approved'), edge('approved', 'registered'), edge('review', 'rejected')],
  )
  expect(told(f)).toEqual(['review:present', 'approved:ahead', 'registered:ahead'])
})

it('a case that was returned shows what it must pass again as ahead', () => {
  const f = flow(
    [
      node('a', { visits: 1, first_at: '2026-11-01T00:00:00Z' }),
      node('b', { visits: 2, present: true, first_at: '2026-11-02T00:00:00Z' }),
      node('c', { visits: 1, first_at: '2026-11-03T00:00:00Z' }),
      node('d', { final: true }),
    ],
    [edge('a', 'b'), edge('b', 'c'), edge('c', 'b', true), edge('c', 'd')],
  )
  expect(told(f)).toEqual(['a:done', 'b:present', 'c:ahead', 'd:ahead'])
})

it('nothing is ahead of an end', () => {
  const f = flow([node('a', { visits: 1 }), node('z', { final: true, present: true, visits: 1 })], [edge('a', 'z')])
  expect(told(f)).toEqual(['a:done', 'z:present'])
})
