import { UploadOutlined } from '@ant-design/icons'
import { Alert, App, Button } from 'antd'
import { type ReactNode, useRef, useState } from 'react'
import { save } from '../lib/save'
import { type Told, useWatched } from '../lib/watch'
import { Going } from './Going'

/** A request with one file. The generated type says string for a binary part; the serializer makes the real form. */
export const fileBody = (file: File) => ({
  body: { file: '' },
  bodySerializer: () => {
    const data = new FormData()
    data.set('file', file, file.name)
    return data
  },
})

interface Result {
  applied: boolean
  sha256: string
}

interface Props<R extends Result> {
  title: string
  help: string
  /** The name of the file field, for tests. */
  field: string
  /** What is chosen, where it is no workbook. */
  file?: string
  accept?: string
  /** 份 or 件. */
  measure: string
  /** How many rows a confirmation brings in. */
  count: (result: R) => number
  /** Looks at the file; with a confirmation, which is the hash of what was looked at, carries it out. */
  send: (file: File, how: Told, confirm?: string) => Promise<R>
  /** The workbook with a word beside each row. */
  back: (file: File, how: Told) => Promise<unknown>
  /** Told after a confirmation; gives the words of success. */
  onDone: (result: R) => Promise<string> | string
  onClose: () => void
  children: (result: R) => ReactNode
}

/** A workbook is looked at first; what is confirmed is carried out; it can be had back with what came of each row. */
export function WorkbookUpload<R extends Result>({ title, help, field, file: kind = '.xlsx 文件', accept = '.xlsx', measure, count, send, back, onDone, onClose, children }: Props<R>) {
  const { message } = App.useApp()
  const input = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File>()
  const [result, setResult] = useState<R>()
  const work = useWatched()
  const { watch, busy, faults } = work
  const look = (chosen: File) =>
    watch(async (how) => {
      setFile(chosen)
      setResult(undefined)
      setResult(await send(chosen, how))
    })
  const confirm = () =>
    watch(async (how) => {
      if (!file || !result) return
      const done = await send(file, how, result.sha256)
      setResult(done)
      void message.success(await onDone(done))
    })
  const giveBack = () => watch(async (how) => file && save((await back(file, how)) as Blob, `导入结果-${file.name.replace(/\.\w+$/, '')}.xlsx`))
  const n = result ? count(result) : 0
  return (
    <section className="panel" aria-label={title}>
      <h2>{title}</h2>
      <p className="gap muted">{help}</p>
      <p className="gap">
        <input
          ref={input}
          type="file"
          className="offscreen"
          tabIndex={-1}
          aria-hidden
          accept={accept}
          data-field={field}
          onChange={(e) => {
            const chosen = e.target.files?.[0]
            if (chosen) void look(chosen)
            e.target.value = ''
          }}
        />
        <Button icon={<UploadOutlined aria-hidden />} loading={busy} onClick={() => input.current?.click()}>
          选择 {kind}
        </Button>
        <span className="muted">　{file?.name}</span>
      </p>
      {faults.length > 0 && <Alert className="gap" type="error" showIcon role="alert" title={faults.join('；')} />}
      <Going work={work} />
      {result && children(result)}
      <div className="form-foot">
        {result && !result.applied && (
          <Button size="large" type="primary" loading={busy} disabled={n === 0} onClick={() => void confirm()}>
            确认导入 {n} {measure}
          </Button>
        )}
        {result && (
          <Button size="large" disabled={busy} onClick={() => void giveBack()}>
            下载写有结果的工作簿
          </Button>
        )}
        <Button size="large" onClick={onClose}>
          {result?.applied ? '完成' : '返回'}
        </Button>
      </div>
    </section>
  )
}
