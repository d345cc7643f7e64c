import { Checkbox, Form, InputNumber } from 'antd'
import type { ReactElement } from 'react'
import type { Field } from '../../api/types'
import { servedText } from '../../i18n/served'
import { ChoiceInput, ChoicesInput, YesInput } from './ChoiceInput'
import { DateInput, DateTimeInput } from './DateInput'
import { FilesInput } from './FilesInput'
import { MoneyInput } from './MoneyInput'
import { RowsInput } from './RowsInput'
import { rulesOf } from './rules'
import { LongInput, TextInput } from './TextInput'

type Name = (string | number)[]

interface Props {
  field: Field
  name: Name
}

/** Kinds that take the whole width of the form. */
const wide = new Set<Field['kind']>(['long', 'rows', 'files', 'choices'])

/** One question of a form with its label, input and error. */
export function FieldItem({ field, name }: Props) {
  if (field.kind === 'rows') return <RowsInput field={field} name={name} />
  if (field.must) {
    return (
      <Form.Item className="full" name={name} valuePropName="checked" rules={rulesOf(field)} extra={noteOf(field)}>
        <Checkbox>{field.title}</Checkbox>
      </Form.Item>
    )
  }
  const many = field.kind === 'choice' && (field.options?.length ?? 0) > 3
  return (
    <Form.Item className={wide.has(field.kind) || many ? 'full' : undefined} name={name} label={field.unit ? `${field.title}（${servedText(field.unit)}）` : field.title} required={field.required} rules={rulesOf(field)} extra={noteOf(field)} validateTrigger={['onBlur', 'onSubmit']}>
      {inputOf(field)}
    </Form.Item>
  )
}

/** Why an answer must stay as it was, or what the form says about the question. */
function noteOf(field: Field) {
  return field.locked ? <span role="alert">已锁定：{field.locked}。请填写与上次相同的内容。</span> : field.help
}

function inputOf(field: Field): ReactElement {
  switch (field.kind) {
    case 'text':
      return <TextInput field={field} />
    case 'long':
      return <LongInput field={field} />
    case 'date':
      return <DateInput />
    case 'datetime':
      return <DateTimeInput />
    case 'integer':
      return <InputNumber style={{ width: '100%' }} inputMode="numeric" controls={false} />
    case 'number':
      return <InputNumber style={{ width: '100%' }} inputMode="decimal" controls={false} />
    case 'money':
      return <MoneyInput />
    case 'yes':
      return <YesInput field={field} />
    case 'choice':
      return <ChoiceInput field={field} />
    case 'choices':
      return <ChoicesInput field={field} />
    default:
      return <FilesInput field={field} />
  }
}
