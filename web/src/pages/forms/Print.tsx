import { PrinterOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Alert, Button, Input, Radio } from 'antd'
import { useId, useState } from 'react'
import { describe } from '../../api/problem'
import { Dialog } from '../../components/Dialog'
import { save } from '../../lib/save'

type Format = 'pdf' | 'docx' | 'xlsx'

interface Props {
  /** What the file is called. */
  title: string
  /** Fetches the file. */
  get: (purpose: string, format: Format) => Promise<unknown>
  /** Instead of PDF and Word. */
  workbook?: boolean
  /** The formats to choose from. */
  formats?: Format[]
  text?: string
  disabled?: boolean
}

const labels: Record<Format, string> = { pdf: 'PDF', docx: 'Word', xlsx: 'Excel' }

/** 打印 or download of a form: personal data leave the system, so the purpose is written down first. */
export function Print({ text = '打印', disabled, ...props }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button icon={<PrinterOutlined aria-hidden />} disabled={disabled} onClick={() => setOpen(true)}>
        {text}
      </Button>
      {open && <Ask {...props} text={text} onClose={() => setOpen(false)} />}
    </>
  )
}

function Ask({ title, get, workbook, formats = ['pdf', 'docx'], text, onClose }: Props & { onClose: () => void }) {
  const id = useId()
  const [purpose, setPurpose] = useState('')
  const [format, setFormat] = useState<Format>(workbook ? 'xlsx' : 'pdf')
  const fetched = useMutation({
    mutationFn: () => get(purpose.trim(), format),
    onSuccess: (blob) => {
      save(blob as Blob, `${title}.${format}`)
      onClose()
    },
  })
  const fine = purpose.trim().length >= 2
  return (
    <Dialog title={`${text}：${title}`} okText="下载" closeText="返回" okDisabled={!fine} busy={fetched.isPending} onOk={() => fetched.mutate()} onClose={onClose}>
      <label className="labelled" htmlFor={id}>
        用途（记入查阅记录）
        <Input id={id} value={purpose} maxLength={200} autoComplete="off" placeholder="如：入户填写、农户签字" onChange={(e) => setPurpose(e.target.value)} />
      </label>
      {!workbook && formats.length > 1 && <Radio.Group aria-label="格式" value={format} options={formats.map((f) => ({ value: f, label: labels[f] }))} onChange={(e) => setFormat(e.target.value as Format)} />}
      {fetched.error && <Alert type="error" showIcon title={describe(fetched.error)} role="alert" />}
    </Dialog>
  )
}
