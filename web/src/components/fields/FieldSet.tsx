import { Form, type FormInstance } from 'antd'
import type { Answers, Field } from '../../api/types'
import { shown } from '../../lib/form'
import { FieldItem } from './FieldItem'

/** The questions that apply, in order; those with a condition come and go with it. */
export function FieldSet({ form, fields }: { form: FormInstance<Answers>; fields: Field[] }) {
  const answers = (Form.useWatch([], form) ?? {}) as Answers
  return (
    <div className="fields">
      {shown(fields, answers).map((f) => (
        <FieldItem key={f.code} field={f} name={[f.code]} />
      ))}
    </div>
  )
}
