import { fill } from './tr'

// What the server says in the product's own words, such as the title of a state, in English. The server speaks Chinese;
// here its words are looked up, exactly as they are, in a dictionary of their own. Only properties that hold words of
// the product are looked at, never what a person has written or what is sent back.

/** Words by Chinese words, and sentences for problems by "#code", or "#code+" where the Chinese one says more. */
type Dictionary = Record<string, string>

let words: Dictionary | undefined
/** Sentences in which something differs: %s, %d and the like in Chinese, {0}, {1} … in English. */
let shapes: { shape: RegExp; english: string }[] = []

export function takeServerWords(dictionary: Dictionary): void {
  words = dictionary
  shapes = Object.entries(dictionary)
    .filter(([chinese]) => chinese.includes('%'))
    .map(([chinese, english]) => ({ shape: new RegExp(`^${chinese.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%[\d.]*[a-zA-Z]/g, '(.+?)')}$`), english }))
}

/** Properties that hold words of the product wherever they occur; all that end in _title are too. */
const titled = new Set(['title', 'help', 'posts', 'budget', 'budget_text', 'lines', 'warning', 'why_not', 'next_reason', 'relation', 'sex', 'forms', 'types', 'due_clock', 'category', 'locked', 'document', 'base_type'])

/** Below these stand values: answers, and what an editor sends back. */
const values = new Set(['value', 'default', 'answers', 'filter'])

/** An answer whose text is the title of what was chosen; the text of all others was written. */
const chosen = new Set(['choice', 'choices', 'yes'])

/** What people have given a title to, known by a property that nothing else has, and what of it is theirs: it may go back when they change it. */
const written: Record<string, string[]> = {
  source_paper: ['title', 'phases', 'events'], // a programme of rectification
  cutoffs: ['title', 'phases', 'cutoffs'], // a campaign
  given_by: ['title'], // an audit engagement
  host: ['title'], // the robot of a group
}
/** Their titles where others name them. */
const named = ['campaign_title', 'programme_title']

/** Words of the product in the language of the page. */
export function servedText(text: string): string {
  return words?.[text] ?? shaped(text)
}

const chinese = /[\u3400-\u9fff]/

/** A sentence that is known but for its parts, which are looked up in turn. */
function shaped(text: string): string {
  if (shapes.length === 0 || !chinese.test(text)) return text
  for (const { shape, english } of shapes) {
    const parts = shape.exec(text)?.slice(1)
    if (parts) return fill(english, parts.map(servedText))
  }
  return text
}

/** An answer of the server in the language of the page; the answer itself where that is Chinese. */
export function served<T>(answer: T): T {
  return words === undefined ? answer : (inEnglish(answer) as T)
}

function inEnglish(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(inEnglish)
  if (!isRecord(part)) return part
  const ofChoice = chosen.has(part.kind as string)
  const theirs = [...named, ...Object.keys(written).flatMap((mark) => (mark in part ? written[mark]! : []))]
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => {
      // The form of a template is a set of answers, that of an act a list of fields.
      if (values.has(name) || theirs.includes(name) || (name === 'form' && isRecord(value))) return [name, value]
      if (name === 'message' && typeof value === 'string') return [name, sentence(part.code as string | undefined, value)]
      if (titled.has(name) || name.endsWith('_title') || (name === 'text' && ofChoice)) return [name, looked(value, ofChoice)]
      return [name, inEnglish(value)]
    }),
  )
}

/** Files and the like are no records. */
const isRecord = (part: unknown): part is Record<string, unknown> => part !== null && typeof part === 'object' && Object.getPrototypeOf(part) === Object.prototype

/** A text (one like “name · state” part by part), the titles of several choices or a list of texts, looked up; anything else is searched further. */
function looked(value: unknown, ofChoice: boolean): unknown {
  if (typeof value === 'string') return ofChoice && !words?.[value] ? value.split('、').map(servedText).join(', ') : value.split(' · ').map(servedText).join(' · ')
  return Array.isArray(value) && value.every((v) => typeof v === 'string') ? value.map(servedText) : inEnglish(value)
}

interface Told {
  code?: string
  title?: string
  detail?: string
  message?: string
}

/** A problem or a fault in English: the sentence of its code, and the Chinese one behind it where that says more. */
export function servedProblem<T extends Told & { errors?: Told[] }>(problem: T): T {
  if (words === undefined) return problem
  const out = { ...problem, title: problem.title && servedText(problem.title), detail: sentence(problem.code, problem.detail) }
  if (problem.errors) out.errors = problem.errors.map((f) => ({ ...f, message: sentence(f.code, f.message) }))
  return out
}

function sentence(code: string | undefined, said: string | undefined): string | undefined {
  const known = said && servedText(said)
  if (known !== said) return known
  const whole = words?.[`#${code}`]
  if (whole) return whole
  const roughly = words?.[`#${code}+`]
  if (!roughly) return said
  return said ? `${roughly} (${said})` : roughly
}
