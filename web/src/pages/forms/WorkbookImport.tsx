import { UploadOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { ApiError, describe } from '../../api/problem'
import type { FormImport } from '../../api/types'
import { save } from '../../lib/save'

// The generated type says string for a binary part; the serializer makes the real form.
const requestOf = (file: File) => ({
  body: { file: '' },
  bodySerializer: () => {
    const data = new FormData()
    data.set('file', file, file.name)
    return data
  },
})

/** 导入填好的工作簿: looked at first, then saved as drafts; what others changed meanwhile is not overwritten. */
export function WorkbookImport({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const input = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File>()
  const [result, setResult] = useState<FormImport>()
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
      setResult(await unwrap(api.POST('/forms/workbook', requestOf(chosen))))
    })
  const confirm = () =>
    act(async () => {
      if (!file || !result) return
      const done = await unwrap(api.POST('/forms/workbook', { params: { query: { confirm: result.sha256 } }, ...requestOf(file) }))
      setResult(done)
      void message.success(`已存为草稿 ${done.created + done.saved} 份`)
      await client.invalidateQueries({ queryKey: ['form-records'] })
    })
  const giveBack = () =>
    act(async () => {
      if (!file) return
      const blob = await unwrap(api.POST('/forms/workbook/returned', { ...requestOf(file), parseAs: 'blob' }))
      save(blob as unknown as Blob, `导入结果-${file.name}`)
    })
  const count = result ? result.created + result.saved : 0
  return (
    <section className="panel" aria-label="导入填好的工作簿">
      <h2>导入填好的工作簿</h2>
      <p className="gap muted">用本页下载的工作簿填写，不要改动表名和编号。先预览，确认以后存为草稿，再由填表人定稿。</p>
      <p className="gap">
        <input
          ref={input}
          type="file"
          className="offscreen"
          tabIndex={-1}
          aria-hidden
          accept=".xlsx"
          data-field="forms"
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
      {result && <Found result={result} />}
      <div className="form-foot">
        {result && !result.applied && (
          <Button type="primary" loading={busy} disabled={count === 0} onClick={() => void confirm()}>
            确认导入 {count} 份
          </Button>
        )}
        {result && (
          <Button disabled={busy} onClick={() => void giveBack()}>
            下载写有结果的工作簿
          </Button>
        )}
        <Button onClick={onClose}>{result?.applied ? '完成' : '返回'}</Button>
      </div>
    </section>
  )
}

function Found({ result: r }: { result: FormImport }) {
  const rows = r.rows.filter((row) => row.action !== 'blank')
  return (
    <>
      <p className="gap" role="status">
        {r.applied ? '已办：' : '预览：'}
        {r.info.title} {r.period}，新填 {r.created} 份，更新 {r.saved} 份，相同 {r.unchanged} 份，没有填写 {r.blank} 份，未导入 {r.rejected} 份
      </p>
      {rows.length > 0 && (
        <table className="list gap">
          <thead>
            <tr>
              <th scope="col">位置</th>
              <th scope="col">对象</th>
              <th scope="col">结果</th>
              <th scope="col">说明</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.sheet}${row.line}`}>
                <td className="num">
                  {row.sheet}
                  {row.line > 0 && ` 第 ${row.line} 行`}
                </td>
                <td data-label="对象">{row.subject}</td>
                <td data-label="结果">{row.action === 'reject' ? <strong className="late">{row.action_title}</strong> : row.action_title}</td>
                <td data-label="说明">{[...row.faults, ...row.notes].map((n) => (n.field ? `${n.field}：${n.message}` : n.message)).join('；')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}
