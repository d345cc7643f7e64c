// The small expressions that forms carry as data, computed here while somebody types. The language and its words are those
// of internal/exprs, whose tests share their cases with ours; what it does not know of them it refuses, and the value is
// left to the server.

export type Values = Record<string, unknown>

/** Something that an expression cannot do. */
export class Unfit extends Error {}

interface Scope {
  values: Values
  /** The row that a loop is at, innermost last. */
  items: unknown[]
  locals: Values
}

type Node = (s: Scope) => unknown

export interface Program {
  /** The names without which it says nothing: all that it looks at, but those it asks for with given or fallback. */
  needs: string[]
  run: (values: Values) => { value: unknown; known: boolean }
}

const programs = new Map<string, Program>()

/** An expression over these names, read once. */
export function compile(source: string, names: (name: string) => boolean): Program {
  const before = programs.get(source)
  if (before) return before
  const parser = new Parser(source, names)
  const node = parser.all()
  const needs = [...parser.needs].filter(([, n]) => n > 0).map(([name]) => name)
  const run = (values: Values) => {
    if (needs.some((n) => values[n] === null || values[n] === undefined)) return { value: undefined, known: false }
    try {
      const value = node({ values, items: [], locals: {} })
      return { value, known: !(typeof value === 'number' && !Number.isFinite(value)) }
    } catch (err) {
      if (err instanceof Unfit) return { value: undefined, known: false }
      throw err
    }
  }
  const program = { needs, run }
  programs.set(source, program)
  return program
}

const TOKENS = /\s*(?:(\d+(?:\.\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([\p{L}_][\p{L}\p{N}_]*)|(&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,;=#()[\]{}]))/uy

interface Token {
  kind: 'number' | 'text' | 'name' | 'sign' | 'end'
  text: string
}

function tokens(source: string): Token[] {
  const out: Token[] = []
  TOKENS.lastIndex = 0
  const end = source.trimEnd().length
  while (TOKENS.lastIndex < end) {
    const found = TOKENS.exec(source)
    if (!found) throw new Unfit('写法有误')
    const [, digits, quoted, name, sign] = found
    if (digits !== undefined) out.push({ kind: 'number', text: digits })
    else if (quoted !== undefined) out.push({ kind: 'text', text: quoted.slice(1, -1).replace(/\\(.)/g, '$1') })
    else if (name !== undefined) out.push({ kind: 'name', text: name })
    else out.push({ kind: 'sign', text: sign! })
  }
  return [...out, { kind: 'end', text: '' }]
}

/** How tightly the signs between two values bind. */
const BINDS: Record<string, number> = { '||': 10, or: 10, '&&': 15, and: 15, '==': 20, '!=': 20, '<': 20, '>': 20, '<=': 20, '>=': 20, in: 20, '+': 30, '-': 30, '*': 60, '/': 60, '%': 60 }
const NOT_BINDS = 50
const MINUS_BINDS = 90

/** Functions whose last argument is said of each row. */
const LOOPS = new Set(['all', 'none', 'any', 'one', 'filter', 'map', 'count', 'sum'])

class Parser {
  private readonly list: Token[]
  private at = 0
  private readonly bound: string[] = []
  readonly needs = new Map<string, number>()

  constructor(
    source: string,
    private readonly names: (name: string) => boolean,
  ) {
    this.list = tokens(source)
  }

  private get next(): Token {
    return this.list[this.at]!
  }

  private is(sign: string): boolean {
    return (this.next.kind === 'sign' || this.next.kind === 'name') && this.next.text === sign
  }

  private take(sign: string): boolean {
    if (!this.is(sign)) return false
    this.at++
    return true
  }

  private must(sign: string): void {
    if (!this.take(sign)) throw new Unfit('写法有误')
  }

  private name(): string {
    if (this.next.kind !== 'name') throw new Unfit('写法有误')
    return this.list[this.at++]!.text
  }

  all(): Node {
    const node = this.sequence()
    if (this.next.kind !== 'end') throw new Unfit('写法有误')
    return node
  }

  /** let x = a; b, or b alone. */
  private sequence(): Node {
    if (!this.take('let')) return this.choice()
    const name = this.name()
    this.must('=')
    const value = this.choice()
    this.must(';')
    this.bound.push(name)
    const body = this.sequence()
    this.bound.pop()
    return (s) => body({ ...s, locals: { ...s.locals, [name]: value(s) } })
  }

  private choice(): Node {
    const condition = this.binary(0)
    if (!this.take('?')) return condition
    const yes = this.choice()
    this.must(':')
    const no = this.choice()
    return (s) => (truth(condition(s)) ? yes(s) : no(s))
  }

  private binary(least: number): Node {
    let left = this.unary()
    for (;;) {
      const negated = this.is('not') && this.list[this.at + 1]?.text === 'in'
      const sign = negated ? 'in' : this.next.text
      const binds = this.next.kind === 'sign' || this.next.kind === 'name' ? BINDS[sign] : undefined
      if (binds === undefined || binds < least) return left
      this.at += negated ? 2 : 1
      const found = operate(sign, left, this.binary(binds + 1))
      left = negated ? (s) => !truth(found(s)) : found
    }
  }

  private unary(): Node {
    if (this.take('!') || this.take('not')) {
      const of = this.binary(NOT_BINDS)
      return (s) => !truth(of(s))
    }
    if (this.take('-')) {
      const of = this.binary(MINUS_BINDS)
      return (s) => -number(of(s))
    }
    return this.member(this.primary())
  }

  /** .name and [index] behind a value. */
  private member(of: Node): Node {
    for (;;) {
      if (this.take('.')) {
        const name = this.name()
        const before = of
        of = (s) => cell(before(s), name)
      } else if (this.take('[')) {
        const index = this.choice()
        this.must(']')
        const before = of
        of = (s) => row(before(s), index(s))
      } else return of
    }
  }

  private primary(): Node {
    const token = this.next
    this.at++
    if (token.kind === 'number') return constant(Number(token.text))
    if (token.kind === 'text') return constant(token.text)
    if (token.kind === 'name') return this.named(token.text)
    switch (token.text) {
      case '(': {
        const inside = this.sequence()
        this.must(')')
        return inside
      }
      case '[':
        return this.listOf()
      case '#':
        return here
      case '.': {
        const name = this.name()
        return (s) => cell(here(s), name)
      }
      default:
        throw new Unfit('写法有误')
    }
  }

  private listOf(): Node {
    const items: Node[] = []
    while (!this.take(']')) {
      items.push(this.choice())
      if (!this.is(']')) this.must(',')
    }
    return (s) => items.map((i) => i(s))
  }

  private named(name: string): Node {
    if (name === 'true' || name === 'false') return constant(name === 'true')
    if (name === 'nil') return constant(null)
    if (this.take('(')) return this.call(name)
    if (this.bound.includes(name)) return (s) => s.locals[name]
    if (!this.names(name)) throw new Unfit(`没有“${name}”这一项`)
    this.needs.set(name, (this.needs.get(name) ?? 0) + 1)
    return (s) => s.values[name] ?? null
  }

  private call(name: string): Node {
    const asked = this.next.kind === 'name' && [',', ')'].includes(this.list[this.at + 1]?.text ?? '') ? this.next.text : undefined
    const args: Node[] = []
    while (!this.take(')')) {
      const braces = args.length > 0 && LOOPS.has(name) && this.take('{')
      args.push(this.sequence())
      if (braces) this.must('}')
      if (!this.is(')')) this.must(',')
    }
    if ((name === 'given' || name === 'fallback') && asked !== undefined && this.needs.has(asked)) this.needs.set(asked, this.needs.get(asked)! - 1)
    if (LOOPS.has(name)) return loop(name, args)
    const act = functions[name]
    if (!act) throw new Unfit(`没有“${name}”这一函数`)
    return (s) => act(...args.map((a) => a(s)))
  }
}

const constant = (value: unknown): Node => () => value
const here: Node = (s) => s.items[s.items.length - 1]

function truth(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Unfit('不是是或否')
  return value
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new Unfit('不是数')
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Unfit('不是文字')
  return value
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Unfit('不是表格')
  return value
}

function cell(of: unknown, name: string): unknown {
  if (of === null || typeof of !== 'object') throw new Unfit('没有这一格')
  return (of as Values)[name] ?? null
}

function row(of: unknown, index: unknown): unknown {
  const all = list(of)
  const i = number(index)
  if (!(i in all)) throw new Unfit('没有这一行')
  return all[i]
}

/** Amounts are decimal: two numbers that differ by less than half a millionth are the same. */
const NEAR = 0.5e-6
const difference = (a: unknown, b: unknown): number => {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  const d = number(a) - number(b)
  return Math.abs(d) < NEAR ? 0 : d
}

const same = (a: unknown, b: unknown): boolean => (typeof a === 'number' && typeof b === 'number' ? difference(a, b) === 0 : (a ?? null) === (b ?? null))

function operate(sign: string, left: Node, right: Node): Node {
  switch (sign) {
    case '||':
    case 'or':
      return (s) => truth(left(s)) || truth(right(s))
    case '&&':
    case 'and':
      return (s) => truth(left(s)) && truth(right(s))
    case '==':
      return (s) => same(left(s), right(s))
    case '!=':
      return (s) => !same(left(s), right(s))
    case '<':
      return (s) => difference(left(s), right(s)) < 0
    case '<=':
      return (s) => difference(left(s), right(s)) <= 0
    case '>':
      return (s) => difference(left(s), right(s)) > 0
    case '>=':
      return (s) => difference(left(s), right(s)) >= 0
    case 'in':
      return (s) => {
        const one = left(s)
        return list(right(s)).some((x) => same(x, one))
      }
    case '+':
      return (s) => {
        const [a, b] = [left(s), right(s)]
        return typeof a === 'string' && typeof b === 'string' ? a + b : number(a) + number(b)
      }
    case '-':
      return (s) => number(left(s)) - number(right(s))
    case '*':
      return (s) => number(left(s)) * number(right(s))
    case '/':
      return (s) => number(left(s)) / number(right(s))
    case '%':
      return (s) => {
        const by = number(right(s))
        if (by === 0) throw new Unfit('除数为零')
        return number(left(s)) % by
      }
    default:
      throw new Unfit('写法有误')
  }
}

function loop(name: string, [of, said]: Node[]): Node {
  if (!of) throw new Unfit('写法有误')
  const each = (s: Scope) => list(of(s)).map((item) => ({ item, says: () => (said ? said({ ...s, items: [...s.items, item] }) : item) }))
  const holds = (x: { says: () => unknown }) => truth(x.says())
  switch (name) {
    case 'all':
      return (s) => each(s).every(holds)
    case 'none':
      return (s) => !each(s).some(holds)
    case 'any':
      return (s) => each(s).some(holds)
    case 'one':
      return (s) => each(s).filter(holds).length === 1
    case 'filter':
      return (s) => each(s).filter(holds).map((x) => x.item)
    case 'map':
      return (s) => each(s).map((x) => x.says())
    case 'count':
      return (s) => each(s).filter(holds).length
    default:
      return (s) => each(s).reduce((sum, x) => sum + number(x.says()), 0)
  }
}

/** Half away from zero, as on paper. */
const round = (n: number) => Math.sign(n) * Math.round(Math.abs(n))

const numbers = (args: unknown[]): number[] => args.flatMap((a) => (Array.isArray(a) ? a.map(number) : [number(a)]))

const functions: Record<string, (...args: unknown[]) => unknown> = {
  given: (v) => v !== null && v !== undefined && v !== '',
  fallback: (v, other) => v ?? other,
  len: (v) => (typeof v === 'string' ? [...v].length : list(v).length),
  abs: (v) => Math.abs(number(v)),
  ceil: (v) => Math.ceil(number(v)),
  floor: (v) => Math.floor(number(v)),
  round: (v) => round(number(v)),
  int: (v) => Math.trunc(number(v)),
  float: (v) => number(v),
  max: (...args) => Math.max(...numbers(args)),
  min: (...args) => Math.min(...numbers(args)),
  yuan: (v) => yuan(number(v)),
  days: (from, to) => (dayOf(to) - dayOf(from)) / DAY,
  months: (from, to) => months(new Date(dayOf(from)), new Date(dayOf(to))),
}

const yuan = (fen: number) => `${fen < 0 ? '-' : ''}${Math.trunc(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, '0')}`

const DAY = 24 * 3600 * 1000

function dayOf(value: unknown): number {
  const day = text(value)
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day) throw new Unfit('不是日期')
  return at
}

/** Whole months: on the last day of a shorter month the month that began on a later day is over. */
function months(from: Date, to: Date): number {
  const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate()
  const n = 12 * (to.getUTCFullYear() - from.getUTCFullYear()) + to.getUTCMonth() - from.getUTCMonth()
  return to.getUTCDate() < Math.min(from.getUTCDate(), last) ? n - 1 : n
}
