import type { Flow, FlowNode } from '../api/types'

/** One stop of the way a case takes: what is behind it, where it is, what is normally ahead. */
export interface Stop {
  node: FlowNode
  phase: 'done' | 'present' | 'ahead'
}

/**
 * The states a case has passed, in the order it first came to them, then the present
 * one, then the shortest way ahead, without returns, to the first end of the procedure.
 */
export function wayOf(flow: Flow): Stop[] {
  const present = flow.nodes.find((n) => n.present)
  if (!present) return []
  const behind = flow.nodes
    .filter((n) => n.visits > 0 && !n.present)
    .sort((a, b) => Date.parse(a.first_at ?? '') - Date.parse(b.first_at ?? ''))
  const ahead = present.final ? [] : wayAhead(flow, present.code)
  const coming = new Set(ahead.map((n) => n.code))
  return [
    ...behind.filter((n) => !coming.has(n.code)).map((node) => ({ node, phase: 'done' as const })),
    { node: present, phase: 'present' as const },
    ...ahead.map((node) => ({ node, phase: 'ahead' as const })),
  ]
}

function wayAhead(flow: Flow, from: string): FlowNode[] {
  const goal = flow.nodes.find((n) => n.final)
  if (!goal) return []
  const before = new Map<string, string>()
  const queue = [from]
  for (let code = queue.shift(); code !== undefined && code !== goal.code; code = queue.shift()) {
    for (const edge of flow.edges) {
      if (edge.from !== code || edge.return || edge.to === from || before.has(edge.to)) continue
      before.set(edge.to, code)
      queue.push(edge.to)
    }
  }
  const way: FlowNode[] = []
  for (let code: string | undefined = before.has(goal.code) ? goal.code : undefined; code && code !== from; code = before.get(code)) {
    const node = flow.nodes.find((n) => n.code === code)
    if (node) way.unshift(node)
  }
  return way
}
