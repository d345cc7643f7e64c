import { useMutation } from '@tanstack/react-query'
import { Alert, Form, Input, Radio } from 'antd'
import { useEffect, useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { Dialog } from './Dialog'

export interface UnmaskTarget {
  fields: UnmaskField[]
  member?: string
  name: string
}

export interface UnmaskField {
  code: string
  title: string
}

/** Seconds the plain text stays on the screen. */
const SHOWN = 10

/** Seeing one item in full: for a written purpose, for ten seconds, and recorded. */
export function Unmask({ household, target, onClose }: { household: string; target: UnmaskTarget; onClose: () => void }) {
  const [form] = Form.useForm<{ field: string; purpose: string }>()
  const [left, setLeft] = useState(0)
  const ask = useMutation({
    mutationFn: (v: { field: string; purpose: string }) =>
      unwrap(api.POST('/households/{id}/unmask', { params: { path: { id: household } }, body: { ...v, purpose: v.purpose.trim(), member_id: target.member } })),
    gcTime: 0,
    onSuccess: () => setLeft(SHOWN),
  })
  useEffect(() => {
    if (left <= 0) return
    const timer = setTimeout(() => {
      setLeft(left - 1)
      if (left === 1) ask.reset()
    }, 1000)
    return () => clearTimeout(timer)
  }, [left, ask])
  return (
    <Dialog title={`查看 ${target.name} 的完整信息`} okText="查看" onClose={onClose} onOk={() => form.submit()} busy={ask.isPending}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => ask.mutate(v)}>
        <Form.Item name="field" label="查看哪一项" rules={[{ required: true, message: '请选择' }]}>
          <Radio.Group options={target.fields.map((f) => ({ value: f.code, label: f.title }))} />
        </Form.Item>
        <Form.Item name="purpose" label="用途" extra="将连同您的姓名和时间一并记录" rules={[{ required: true, message: '请写明用途' }, { min: 4, message: '请具体写明用途，不少于 4 个字' }]}>
          <Input maxLength={200} autoComplete="off" placeholder="如：核对户口簿上的号码" />
        </Form.Item>
      </Form>
      {ask.error && <Alert type="error" title={describe(ask.error)} role="alert" />}
      {ask.data && left > 0 && <Alert type="success" title={<strong className="num">{ask.data.value}</strong>} description={`${left} 秒后隐藏`} />}
    </Dialog>
  )
}
