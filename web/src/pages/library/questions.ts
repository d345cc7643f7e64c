/** What the library shows of a question, as the JSON Schema of its form has it. */
export interface Question {
  code: string
  title: string
  kind: string
  required: boolean
  /** Of personal data, P0 to P5; nothing for what is about no person. */
  class?: string
  unit?: string
  help?: string
  computed: boolean
  options: string[]
  columns: Question[]
}

interface Property {
  title?: string
  description?: string
  type?: string
  format?: string
  readOnly?: boolean
  'x-class'?: string
  'x-unit'?: string
  'x-order'?: number
  oneOf?: { title: string }[]
  items?: Property & Schema
}

export interface Schema {
  properties?: Record<string, Property>
  required?: string[]
}

/** The questions of a form in their order. */
export function questionsOf(schema: Schema): Question[] {
  const asked = Object.entries(schema.properties ?? {}).sort(([, a], [, b]) => (a['x-order'] ?? 0) - (b['x-order'] ?? 0))
  return asked.map(([code, p]) => ({
    code,
    title: p.title ?? code,
    kind: kindOf(p),
    required: schema.required?.includes(code) ?? false,
    class: p['x-class'],
    unit: p['x-unit'],
    help: p.description,
    computed: p.readOnly ?? false,
    options: (p.oneOf ?? p.items?.oneOf ?? []).map((o) => o.title),
    columns: p.items?.properties ? questionsOf(p.items) : [],
  }))
}

function kindOf(p: Property): string {
  if (p.readOnly) return '系统计算'
  if (p.items?.properties) return '表格'
  if (p.type === 'array') return p.items?.oneOf ? '多选' : '附件'
  if (p.oneOf) return '单选'
  if (p.type === 'boolean') return '是或否'
  if (p.type === 'integer') return p['x-unit'] === '分' ? '金额' : '整数'
  if (p.type === 'number') return '数'
  if (p.format === 'date') return '日期'
  return p.format === 'date-time' ? '时间' : '文字'
}

/** How many questions of each class a form has, those in its tables too: "P1 12、P2 3". */
export function classTally(questions: Question[]): string {
  const counts = new Map<string, number>()
  const count = (list: Question[]) => {
    for (const q of list) {
      if (q.class) counts.set(q.class, (counts.get(q.class) ?? 0) + 1)
      count(q.columns)
    }
  }
  count(questions)
  return [...counts.keys()]
    .sort()
    .map((c) => `${c} ${counts.get(c)}`)
    .join('、')
}
