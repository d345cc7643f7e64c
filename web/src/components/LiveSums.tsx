import { Form } from 'antd'
import { useDeferredValue } from 'react'
import type { Answers, Field, FormSums } from '../api/types'
import { Sums } from './Sums'

/** The sums of the form around it. */
export function LiveSums({ fields, sums }: { fields: Field[]; sums: FormSums }) {
  const form = Form.useFormInstance<Answers>()
  const answers = (Form.useWatch([], form) ?? {}) as Answers
  return <Sums fields={fields} answers={useDeferredValue(answers)} sums={sums} />
}
