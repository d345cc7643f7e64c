import { Graph, layout } from '@dagrejs/dagre'
import type { Flow, FlowEdge, FlowNode } from '../api/types'

/** How a case stands to a state: passed, in it, may still come to it, or comes there no more. */
export type Phase = 'done' | 'present' | 'ahead' | 'never'

/** A state where it is drawn; x and y are its middle. */
export interface Box {
  node: FlowNode
  phase: Phase
  x: number
  y: number
  width: number
  height: number
}

/** All events between two states as one line. */
export interface Line {
  id: string
  titles: string[]
  taken: boolean
  back: boolean
  points: { x: number; y: number }[]
  label?: { x: number; y: number }
}

/** The ends a case may leave to from one state, as one small box: "审核不通过 → 不予纳入". */
export interface Exit {
  id: string
  titles: string[]
  x: number
  y: number
  width: number
  height: number
}

export interface Drawing {
  width: number
  height: number
  boxes: Box[]
  exits: Exit[]
  lines: Line[]
}

const CHAR = 15
const SMALL = 12.5
const HEIGHT = 44

/** The states that belong to the short chart: passed, present, and the given way ahead. */
export function shortChart(flow: Flow, way: FlowNode[]): Flow {
  const keep = new Set([...way, ...flow.nodes.filter((n) => n.visits > 0 || n.present)].map((n) => n.code))
  return { ...flow, nodes: flow.nodes.filter((n) => keep.has(n.code)), edges: flow.edges.filter((e) => keep.has(e.from) && keep.has(e.to)) }
}

/**
 * Lays a flow chart out, from top to bottom, the way in one line. Ends that were not
 * reached and are not the goal stand as small boxes beside the states that lead to
 * them; drawn once each, with all lines to them, they would hide everything else. What
 * is drawn may be a part of the whole chart, which says where the case can still come to.
 */
export function draw(flow: Flow, way: FlowNode[] = [], whole: Flow = flow): Drawing {
  const { kept, exits } = takeOutExits(flow)
  const bundles = bundle(kept)
  const g = new Graph()
  g.setGraph({ rankdir: 'TB', nodesep: 34, ranksep: 42, marginx: 16, marginy: 18 })
  g.setDefaultEdgeLabel(() => ({}))
  for (const n of kept.nodes) g.setNode(n.code, { width: Math.max(110, n.title.length * CHAR + 44), height: HEIGHT })
  for (const b of bundles) {
    const longest = Math.max(...b.titles.map((t) => t.length))
    g.setEdge(b.from, b.to, { width: longest * SMALL + 10, height: b.titles.length * 17, labelpos: 'c', weight: weightOf(b, way) })
  }
  for (const [from, titles] of exits) {
    g.setNode(exitId(from), { width: Math.max(...titles.map((t) => t.length)) * SMALL + 20, height: titles.length * 18 + 12 })
    g.setEdge(from, exitId(from), { weight: 1 })
  }
  layout(g)
  return readOff(g, whole, kept, bundles, exits)
}

function readOff(g: Graph, whole: Flow, kept: Flow, bundles: Bundle[], exits: Map<string, string[]>): Drawing {
  const size = g.graph() as { width?: number; height?: number }
  const place = (code: string) => g.node(code) as { x: number; y: number; width: number; height: number }
  const run = (from: string, to: string) => g.edge(from, to) as { points: Line['points']; x?: number; y?: number }
  const lines = bundles.map((b) => {
    const { points, x, y } = run(b.from, b.to)
    const label = x === undefined || y === undefined ? undefined : { x, y }
    return { id: `${b.from}-${b.to}`, titles: b.titles, taken: b.taken, back: b.back, points: b.from === b.to && label ? loop(place(b.from), label.x) : points, label }
  })
  const phases = phasesOf(whole)
  const leaving = [...exits.keys()].map((from) => ({ id: exitId(from), titles: [], taken: false, back: false, points: run(from, exitId(from)).points }))
  return {
    width: Math.ceil(size.width ?? 0),
    height: Math.ceil(size.height ?? 0),
    boxes: kept.nodes.map((node) => ({ node, phase: phases.get(node.code) ?? 'ahead', ...place(node.code) })),
    exits: [...exits].map(([from, titles]) => ({ id: exitId(from), titles, ...place(exitId(from)) })),
    lines: [...lines, ...leaving],
  }
}

/** An event that leaves the state as it is: out at the side, by its title, and in again. The layout's own line does not touch the box. */
function loop(box: { x: number; y: number; width: number }, far: number): Line['points'] {
  const side = box.x + box.width / 2
  return [
    { x: side, y: box.y - 10 },
    { x: far, y: box.y - 20 },
    { x: far, y: box.y + 20 },
    { x: side, y: box.y + 10 },
  ]
}

const exitId = (from: string) => `exit:${from}`

function weightOf(b: Bundle, way: FlowNode[]): number {
  const at = way.findIndex((n) => n.code === b.from)
  if (at >= 0 && way[at + 1]?.code === b.to) return 40
  return b.back ? 1 : 3
}

function takeOutExits(flow: Flow): { kept: Flow; exits: Map<string, string[]> } {
  const goal = flow.nodes.find((n) => n.final)
  const out = new Map(flow.nodes.filter((n) => n.final && n !== goal && n.visits === 0 && !n.present).map((n) => [n.code, n.title]))
  const exits = new Map<string, string[]>()
  for (const e of flow.edges) {
    const title = out.get(e.to)
    // Corrections leave from an end; that end may be taken out itself.
    if (title !== undefined && !out.has(e.from) && flow.nodes.some((n) => n.code === e.from)) exits.set(e.from, [...(exits.get(e.from) ?? []), `${e.title} → ${title}`])
  }
  return { kept: { ...flow, nodes: flow.nodes.filter((n) => !out.has(n.code)), edges: flow.edges.filter((e) => !out.has(e.to) && !out.has(e.from)) }, exits }
}

/** The states that can still be reached from the present one. */
function reachable(flow: Flow): Set<string> {
  const known = new Set(flow.nodes.filter((n) => n.present).map((n) => n.code))
  for (const code of known) for (const e of flow.edges) if (e.from === code) known.add(e.to) // a set goes on over what is added
  return known
}

/** How the case stands to each of its states. */
export function phasesOf(flow: Flow): Map<string, Phase> {
  const open = reachable(flow)
  return new Map(flow.nodes.map((n) => [n.code, n.present ? 'present' : n.visits > 0 ? 'done' : open.has(n.code) ? 'ahead' : 'never']))
}

interface Bundle {
  from: string
  to: string
  titles: string[]
  taken: boolean
  back: boolean
}

function bundle(flow: Flow): Bundle[] {
  const byEnds = new Map<string, Bundle>()
  const known = new Set(flow.nodes.map((n) => n.code))
  for (const e of flow.edges) {
    if (!known.has(e.from) || !known.has(e.to)) continue
    const key = `${e.from} ${e.to}`
    const b = byEnds.get(key) ?? { from: e.from, to: e.to, titles: [], taken: false, back: true }
    b.titles.push(titleOf(e))
    b.taken ||= e.taken > 0
    b.back &&= e.return
    byEnds.set(key, b)
  }
  return [...byEnds.values()]
}

function titleOf(e: FlowEdge): string {
  const times = e.taken > 1 ? `×${e.taken}` : ''
  return `${e.title}${times}`
}

/** A smooth line through the points. */
export function pathOf(points: Line['points']): string {
  const [first, ...rest] = points
  if (!first) return ''
  let d = `M${first.x},${first.y}`
  rest.forEach((p, i) => {
    const next = rest[i + 1]
    if (!next) d += ` L${p.x},${p.y}`
    else d += ` Q${p.x},${p.y} ${(p.x + next.x) / 2},${(p.y + next.y) / 2}`
  })
  return d
}
