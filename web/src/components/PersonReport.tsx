import { useMutation } from '@tanstack/react-query'
import { Alert, Form, Input } from 'antd'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { save } from '../lib/save'
import { Dialog } from './Dialog'

/** 个人信息报告: what is held about one member and who has seen it, as a paper for him; recorded with its purpose. */
export function PersonReport({ member, name, onClose }: { member: string; name: string; onClose: () => void }) {
  const [form] = Form.useForm<{ purpose: string }>()
  const print = useMutation({
    mutationFn: (purpose: string) => unwrap(api.POST('/people/report/file', { body: { member_id: member, purpose }, parseAs: 'blob' })),
    gcTime: 0,
    onSuccess: (blob) => {
      save(blob as unknown as Blob, '个人信息报告.pdf')
      onClose()
    },
  })
  return (
    <Dialog title={`出具 ${name} 的个人信息报告`} okText="出具 PDF" onClose={onClose} onOk={() => form.submit()} busy={print.isPending}>
      <p className="muted">报告列出系统中保存的本人信息、提到本人的材料和查阅情况，内容完整，只交给本人或者其监护人。</p>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => print.mutate(v.purpose.trim())}>
        <Form.Item
          name="purpose"
          label="因何出具"
          extra="将连同您的姓名和时间一并记录，不要填写号码"
          rules={[{ required: true, message: '请写明因何出具' }, { min: 4, message: '请具体写明，不少于 4 个字' }]}
        >
          <Input maxLength={200} autoComplete="off" placeholder="如：本人持身份证申请查阅" />
        </Form.Item>
      </Form>
      {print.error && <Alert type="error" title={describe(print.error)} role="alert" />}
    </Dialog>
  )
}
