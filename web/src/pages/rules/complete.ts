import type { RuleLanguage } from '../../api/types'

/** A word that a condition is written with: how it is shown, what it stands for, and what is put in for it. */
export interface Word {
  text: string
  put: string
  help?: string
}

/** All that the server offers; a mark of a member begins with a dot, and a function goes on with its bracket. */
export const wordsOf = (l: RuleLanguage): Word[] => [
  ...l.names.map((n) => ({ text: n.name, put: n.name, help: n.text })),
  ...l.cells.map((c) => ({ text: `.${c.replace(/^\./, '')}`, put: `.${c.replace(/^\./, '')}`, help: '逐个成员' })),
  ...l.functions.map((f) => ({ text: f, put: `${f.replace(/\(.*$/, '')}(`, help: '函数' })),
]

/** The word that is being typed before the caret, and where it begins; none within a text in quotes. */
export function typedAt(text: string, caret: number): { from: number; typed: string } | undefined {
  const before = text.slice(0, caret)
  if ((before.match(/["'`]/g)?.length ?? 0) % 2 === 1) return undefined
  const typed = /\.?[\p{L}_][\p{L}\p{N}_]*$|\.$/u.exec(before)?.[0]
  return typed === undefined ? undefined : { from: caret - typed.length, typed }
}

const MOST = 8

/** The words that it may become, those that begin so first; none when it is one already. */
export function offers(words: Word[], typed: string): Word[] {
  const q = typed.toLowerCase()
  const bare = (w: Word) => w.put.replace(/\($/, '').toLowerCase()
  if (words.some((w) => bare(w) === q)) return []
  // Only who has typed a dot wants a mark of a member.
  const apt = words.filter((w) => w.text.startsWith('.') === q.startsWith('.'))
  const begin = apt.filter((w) => bare(w).startsWith(q))
  const within = apt.filter((w) => !bare(w).startsWith(q) && bare(w).includes(q.replace(/^\./, '')))
  return [...begin, ...within].slice(0, MOST)
}
