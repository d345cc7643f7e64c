import { Graph, layout } from '@dagrejs/dagre'
import type { Flow, FlowEdge, FlowNode } from '../api/types'

/** A state where it is drawn; x and y are its middle. */
export interface Box {
  node: FlowNode
  phase: 'done' | 'present' | 'ahead'
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

export interface Drawing {
  width: number
  height: number
  boxes: Box[]
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

/** Lays a flow chart out, from top to bottom. */
export function draw(flow: Flow): Drawing {
  const g = new Graph()
  g.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 46, marginx: 16, marginy: 16 })
  g.setDefaultEdgeLabel(() => ({}))
  for (const n of flow.nodes) g.setNode(n.code, { width: Math.max(110, n.title.length * CHAR + 44), height: HEIGHT })
  const bundles = bundle(flow)
  for (const b of bundles) {
    const longest = Math.max(...b.titles.map((t) => t.length))
    g.setEdge(b.from, b.to, { width: longest * SMALL + 10, height: b.titles.length * 17, labelpos: 'c', weight: b.back ? 1 : 3 })
  }
  layout(g)
  const size = g.graph() as { width?: number; height?: number }
  return {
    width: Math.ceil(size.width ?? 0),
    height: Math.ceil(size.height ?? 0),
    boxes: flow.nodes.map((node) => ({ node, phase: phaseOf(node), ...(g.node(node.code) as { x: number; y: number; width: number; height: number }) })),
    lines: bundles.map((b) => {
      const e = g.edge(b.from, b.to) as { points: Line['points']; x?: number; y?: number }
      return { id: `${b.from}-${b.to}`, titles: b.titles, taken: b.taken, back: b.back, points: e.points, label: e.x === undefined || e.y === undefined ? undefined : { x: e.x, y: e.y } }
    }),
  }
}

function phaseOf(node: FlowNode): Box['phase'] {
  return node.present ? 'present' : node.visits > 0 ? 'done' : 'ahead'
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
