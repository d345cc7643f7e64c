import { servedText } from '../i18n/served'
import { formatFen } from './money'

/** Codes that values of policy keys hold, in words. */
const codes: Record<string, string> = {
  before_review: '民主评议前',
  before_notice: '村级公示前',
  before_township: '乡镇审核前',
  before_county: '县级审定前',
  permanent: '永久',
  rolling_12m: '近十二个月',
  'clue.found_at': '线索发现时间',
  working: '工作日',
  calendar: '自然日',
  net: '纯收入',
  disposable: '可支配收入',
  any: '有其一即可',
  all: '须同时具备',
  identified: '认定之日',
  approved: '审定之日',
  rolling_3m: '每三个月',
  calendar_quarter: '每季度',
  half_year: '每半年',
  by_hand: '自行安排',
  year: '每年',
  never: '不予消除',
  after_stable: '稳定后消除',
  normal: '按一般户办理',
}

const names: Record<string, string> = { present: '到会', agree: '同意', concept: '口径', fen: '金额', days: '天数', unit: '单位' }

/** The name of a part of a value, as far as it has one. */
export const fieldTitle = (name: string): string => names[name] ?? name

/** What a code of a value means, if it is one that is known. */
export const codeWords = (code: string): string | undefined => codes[code]

/** A policy value as a person reads it, with its unit; what has no short form is said to be a table. */
export function words(kind: string, value: unknown, unit = ''): string {
  if (value === null || value === undefined || value === '') return '未设置'
  if (typeof value === 'boolean') return value ? '是' : '否'
  if (typeof value === 'number') return number(kind, value, unit)
  if (typeof value === 'string') return codes[value] ?? value
  if (Array.isArray(value)) return value.map(title).join('、') || '无'
  return object(value as Record<string, unknown>)
}

function number(kind: string, value: number, unit: string): string {
  if (kind === 'money' || kind === 'fen') return formatFen(value)
  if (kind === 'days') return `${value} 天`
  return unit && unit !== '比例' ? `${value} ${servedText(unit)}` : String(value)
}

/** What a place reads beside the input: money is typed in 元. */
export const unitOf = (unit = ''): string => (unit === '分' ? '元' : servedText(unit))

/** The ground a default rests on; D is this product's own choice. */
export function sourceWords(source = ''): string {
  const parts = source.split(', ').filter(Boolean)
  return parts.map((part) => (part === 'D' ? '产品缺省' : part)).join('、') || '—'
}

function title(item: unknown): string {
  const named = item !== null && typeof item === 'object' ? (item as { title?: unknown }).title : item
  return typeof named === 'string' ? (codes[named] ?? named) : String(named ?? '')
}

function object(value: Record<string, unknown>): string {
  if (typeof value.days === 'number') return `${value.days} ${value.unit === 'working' ? '个工作日' : '天'}`
  const parts = Object.entries(value)
  if (parts.length === 0) return '无'
  if (parts.some(([name, v]) => !(name in names) || (typeof v === 'object' && v !== null))) return `表（${parts.length} 项）`
  return parts.map(([name, v]) => `${names[name]} ${name === 'fen' ? formatFen(Number(v)) : words('', v)}`).join('，')
}

interface Step {
  action: string
  level: string
  offset_days: number
}

interface Ladder {
  steps: Step[] | null
  repeat_every?: number
  repeat_action?: string
  repeat_level?: string
}

const ladders: Record<string, string> = {
  standard: '村级承办的',
  township: '乡镇承办的',
  county: '县级承办的',
  identification: '识别认定总时限',
  rectification: '问题整改期限',
  listed: '只在待办中列出的',
  silent: '等待期',
}
const actions: Record<string, string> = { remind: '提醒', urge: '催办', supervise: '督办通知', report: '通报', handle: '按规定处理' }
const levels: Record<string, string> = { holder: '承办人', village: '村', township: '乡镇', leader: '乡镇主要领导', county: '县级' }

/** Which limits a ladder is for. */
export const ladderTitle = (name: string): string => ladders[name] ?? name

/** The reminders of each kind of limit, one line each. */
export function ladderLines(value: unknown): string[] {
  return Object.entries((value ?? {}) as Record<string, Ladder>).map(([name, l]) => `${ladderTitle(name)}：${rungs(l)}`)
}

function rungs(l: Ladder): string {
  const said = (action = '', level = '') => `${actions[action] ?? action}（${levels[level] ?? level}）`
  const steps = (l.steps ?? []).map((s) => `${day(s.offset_days)}${said(s.action, s.level)}`)
  if (l.repeat_every) steps.push(`此后每 ${l.repeat_every} 天${said(l.repeat_action, l.repeat_level)}`)
  return steps.join('；') || '不发提醒'
}

function day(offset: number): string {
  if (offset === 0) return '到期日'
  return offset < 0 ? `到期前 ${-offset} 天` : `逾期 ${offset} 天`
}

type Titles = Record<string, string>

/** Which measures answer which risk, one line each, in the titles of the two lists. */
export function pairLines(value: unknown, risks: Titles, measures: Titles): string[] {
  return Object.entries((value ?? {}) as Record<string, string[]>).map(([risk, list]) => `${risks[risk] ?? risk}：${list.map((m) => measures[m] ?? m).join('、')}`)
}
