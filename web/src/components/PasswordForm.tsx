import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { ApiError, describe } from '../api/problem'
import type { Me } from '../api/types'

interface Props {
  rules: string
  /** The present password where it was typed a moment ago; asked for without. */
  current?: string
  onDone: (me: Me) => void
}

/** Chooses another password. Pasting is welcome, so that a password manager can do it. */
export function PasswordForm({ rules, current, onDone }: Props) {
  const [form] = Form.useForm<{ current: string; new: string; again: string }>()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState('')
  const change = async (values: { current?: string; new: string }) => {
    setBusy(true)
    setFault('')
    try {
      onDone(await unwrap(api.POST('/me/password', { body: { current: current ?? values.current ?? '', new: values.new } })))
    } catch (err) {
      const faults = err instanceof ApiError ? err.faults.filter((f) => f.field === 'new' || (f.field === 'current' && current === undefined)) : []
      if (faults.length === 0) setFault(describe(err))
      form.setFields(
        (['current', 'new'] as const).map((name) => ({ name, errors: faults.filter((f) => f.field === name).map((f) => f.message) })),
      )
    } finally {
      setBusy(false)
    }
  }
  return (
    <Form className="small-form" form={form} layout="vertical" requiredMark={false} onFinish={(values) => void change(values)}>
      {fault && <Alert className="gap" type="error" showIcon title={fault} role="alert" />}
      {current === undefined && (
        <Form.Item name="current" label="现在的口令" rules={[{ required: true, message: '请输入现在的口令' }]}>
          <Input.Password autoComplete="current-password" maxLength={200} />
        </Form.Item>
      )}
      <Form.Item name="new" label="新口令" extra={rules} rules={[{ required: true, message: '请输入新口令' }]}>
        <Input.Password autoComplete="new-password" maxLength={200} />
      </Form.Item>
      <Form.Item
        name="again"
        label="再输入一次"
        dependencies={['new']}
        rules={[
          { required: true, message: '请再输入一次' },
          { validator: (_, value) => (!value || value === form.getFieldValue('new') ? Promise.resolve() : Promise.reject(new Error('两次输入的不同'))) },
        ]}
      >
        <Input.Password autoComplete="new-password" maxLength={200} />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        更换口令
      </Button>
    </Form>
  )
}
