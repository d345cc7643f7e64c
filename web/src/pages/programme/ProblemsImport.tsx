import { UploadOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { ApiError, describe } from '../../api/problem'
import type { ProblemImport } from '../../api/types'

const formOf = (file: File) => () => {
  const data = new FormData()
  data.set('file', file, file.name)
  return data
}

// The generated type says string for a binary part; the serializer makes the real form.
const send = (id: string, file: File, confirm?: string) =>
  unwrap(api.POST('/programmes/{id}/import', { params: { path: { id }, query: { confirm } }, body: { file: '' }, bodySerializer: formOf(file) }))

/** 导入: a workbook is looked at first; what is confirmed is carried out; sent again, it goes on where it stopped. */
export function ProblemsImport({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const input = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File>()
  const [result, setResult] = useState<ProblemImport>()
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)

  const act = async (work: () => Promise<void>) => {
    setBusy(true)
    setFault(undefined)
    try {
      await work()
    } catch (err) {
      setFault([describe(err), ...(err instanceof ApiError ? err.faults.map((f) => f.message) : [])].join('；'))
    } finally {
      setBusy(false)
    }
  }
  const look = (chosen: File) =>
    act(async () => {
      setFile(chosen)
      setResult(undefined)
      setResult(await send(id, chosen))
    })
  const confirm = () =>
    act(async () => {
      if (!file || !result) return
      const done = await send(id, file, result.sha256)
      setResult(done)
      void message.success(`已导入 ${done.created + done.continued} 件`)
      await client.invalidateQueries({ queryKey: ['programmes'] })
    })
  const giveBack = () =>
    act(async () => {
      if (!file) return
      const blob = await unwrap(api.POST('/programmes/{id}/import/returned', { params: { path: { id } }, body: { file: '' }, bodySerializer: formOf(file), parseAs: 'blob' }))
      const link = document.createElement('a')
      link.href = URL.createObjectURL(blob as unknown as Blob)
      link.download = `导入结果-${file.name}`
      link.click()
      URL.revokeObjectURL(link.href)
    })

  return (
    <section className="panel" aria-label="导入工作簿">
      <h2>导入工作簿</h2>
      <p className="gap muted">列的次序不限，至少要有“具体问题”一列；可以有村、户主、问题类型、问题性质、来源、整改措施、整改类别、责任人、核验人、时限等列。</p>
      <p className="gap">
        <input
          ref={input}
          type="file"
          className="offscreen"
          tabIndex={-1}
          aria-hidden
          accept=".xlsx"
          data-field="workbook"
          onChange={(e) => {
            const chosen = e.target.files?.[0]
            if (chosen) void look(chosen)
            e.target.value = ''
          }}
        />
        <Button icon={<UploadOutlined aria-hidden />} loading={busy} onClick={() => input.current?.click()}>
          选择 .xlsx 文件
        </Button>
        <span className="muted">　{file?.name}</span>
      </p>
      {fault && <Alert className="gap" type="error" showIcon role="alert" title={fault} />}
      {result && <Preview result={result} />}
      <div className="form-foot">
        {result && !result.applied && (
          <Button size="large" type="primary" loading={busy} disabled={result.created + result.continued === 0} onClick={() => void confirm()}>
            确认导入 {result.created + result.continued} 件
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

function Preview({ result: r }: { result: ProblemImport }) {
  return (
    <>
      <p className="gap" role="status">
        {r.applied ? '已办：' : '预览：'}新增 {r.created} 件，接着办 {r.continued} 件，已在方案中 {r.unchanged} 件，未导入 {r.rejected} 件
        {r.unknown.length > 0 && `；没有认出的列：${r.unknown.join('、')}`}
      </p>
      <table className="list gap">
        <thead>
          <tr>
            <th scope="col">行</th>
            <th scope="col">问题</th>
            <th scope="col">对象</th>
            <th scope="col">结果</th>
            <th scope="col">说明</th>
          </tr>
        </thead>
        <tbody>
          {r.rows.map((row) => (
            <tr key={`${row.sheet}${row.line}`}>
              <td className="num">{row.line}</td>
              <td data-label="问题">{row.brief}</td>
              <td data-label="对象">{row.place}</td>
              <td data-label="结果">
                {row.action === 'reject' ? <strong className="late">{row.action_title}</strong> : row.action_title}
                {row.until_title && `，办到“${row.until_title}”`}
              </td>
              <td data-label="说明">{[...row.faults, ...row.notes].map((n) => (n.field ? `${n.field}：${n.message}` : n.message)).join('；')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
