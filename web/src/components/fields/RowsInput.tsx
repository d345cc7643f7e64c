import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Form, Pagination } from 'antd'
import { useState } from 'react'
import type { Answers, Field } from '../../api/types'
import { applies, ROWS_SHOWN } from '../../lib/form'
import { FieldItem } from './FieldItem'
import { faultOf } from './rules'

interface Props {
  field: Field
  name: (string | number)[]
}

/** A table to fill in, one card for each row; a required one starts with a row. Long ones are shown a page at a time. */
export function RowsInput({ field, name }: Props) {
  const columns = field.columns ?? []
  const [page, setPage] = useState(1)
  const rule = { validator: (_: unknown, rows: unknown) => (faultOf(field, rows) ? Promise.reject(new Error(faultOf(field, rows))) : Promise.resolve()) }
  return (
    <fieldset className="full rows" id={name.join('_')}>
      <legend className={field.required ? 'required' : undefined}>{field.title}</legend>
      {field.locked && <p role="alert">已锁定：{field.locked}。请填写与上次相同的内容。</p>}
      {field.help && <p className="muted">{field.help}</p>}
      <Form.List name={name} rules={[rule]} initialValue={field.required ? [{}] : []}>
        {(rows, { add, remove }, { errors }) => {
          const first = (Math.min(page, Math.max(1, Math.ceil(rows.length / ROWS_SHOWN))) - 1) * ROWS_SHOWN
          return (
            <>
              {rows.slice(first, first + ROWS_SHOWN).map((row, i) => (
                <div className="row-card" key={row.key}>
                  <div className="row-card-head">
                    第 {first + i + 1} 行
                    <Button type="text" icon={<DeleteOutlined aria-hidden />} aria-label={`删除${field.title}第 ${first + i + 1} 行`} onClick={() => remove(row.name)}>
                      删除
                    </Button>
                  </div>
                  <Row columns={columns} list={name} index={row.name} />
                </div>
              ))}
              {rows.length > ROWS_SHOWN && (
                <Pagination align="end" size="small" showSizeChanger={false} pageSize={ROWS_SHOWN} current={first / ROWS_SHOWN + 1} total={rows.length} showTotal={(n) => `共 ${n} 行`} onChange={setPage} />
              )}
              <Button
                icon={<PlusOutlined aria-hidden />}
                onClick={() => {
                  add({})
                  setPage(Math.floor(rows.length / ROWS_SHOWN) + 1)
                }}
              >
                添加一行
              </Button>
              <Form.ErrorList errors={errors} />
            </>
          )
        }}
      </Form.List>
    </fieldset>
  )
}

function Row({ columns, list, index }: { columns: Field[]; list: (string | number)[]; index: number }) {
  const form = Form.useFormInstance()
  const answers = (Form.useWatch([...list, index], form) ?? {}) as Answers
  return (
    <div className="fields">
      {columns
        .filter((c) => applies(c, answers))
        .map((c) => (
          <FieldItem key={c.code} field={c} name={[index, c.code]} />
        ))}
    </div>
  )
}
