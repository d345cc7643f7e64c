import type { FormRule } from 'antd'
import type { Field } from '../../api/types'
import { DEFAULT_MAX_LEN, length } from '../../lib/form'
import { fenToYuan, MAX_FEN } from '../../lib/money'

const verbs: Partial<Record<Field['kind'], string>> = { choice: '请选择', choices: '请选择', date: '请选择', datetime: '请选择', yes: '请选择', files: '请上传', rows: '请填写' }

/** What to say about one answer, or nothing. The server checks the same and more. */
export function faultOf(field: Field, answer: unknown): string | undefined {
  const missing = answer === undefined || answer === null || answer === '' || (typeof answer === 'string' && answer.trim() === '') || (Array.isArray(answer) && answer.length === 0)
  if (field.must && answer !== true && (field.required || !missing)) return `办理前须确认“${field.title}”`
  if (missing) return field.required ? `${verbs[field.kind] ?? '请填写'}${field.title}` : undefined
  switch (field.kind) {
    case 'text':
    case 'long':
      return lengthFault(field, String(answer))
    case 'money':
      return moneyFault(field, answer)
    case 'integer':
    case 'number':
      return numberFault(field, answer)
    default:
      return undefined
  }
}

function lengthFault(field: Field, text: string): string | undefined {
  const max = field.max_len || DEFAULT_MAX_LEN
  const over = length(text) - max
  return over > 0 ? `最多 ${max} 字，超出 ${over} 字` : undefined
}

function moneyFault(field: Field, answer: unknown): string | undefined {
  if (typeof answer !== 'number') return '请填写金额，最多两位小数，如 1234.50'
  if (field.min !== undefined && answer < field.min) return `不能小于 ${fenToYuan(field.min)} 元`
  if (answer > (field.max ?? MAX_FEN)) return `不能大于 ${fenToYuan(field.max ?? MAX_FEN)} 元`
  return undefined
}

function numberFault(field: Field, answer: unknown): string | undefined {
  if (typeof answer !== 'number' || !Number.isFinite(answer)) return '请填写数字'
  if (field.kind === 'integer' && !Number.isInteger(answer)) return '请填写整数'
  if (field.min !== undefined && answer < field.min) return `不能小于 ${field.min}`
  if (field.max !== undefined && answer > field.max) return `不能大于 ${field.max}`
  return undefined
}

/** The same as a rule of the form. */
export function rulesOf(field: Field): FormRule[] {
  return [
    {
      required: field.required,
      validator: (_, answer: unknown) => {
        const fault = faultOf(field, answer)
        return fault ? Promise.reject(new Error(fault)) : Promise.resolve()
      },
    },
  ]
}
