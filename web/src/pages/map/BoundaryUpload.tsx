import { UploadOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { BoundaryImport } from '../../api/house'
import { fileBody } from '../../components/WorkbookUpload'
import { useAttempt } from '../../lib/act'

/** 导入地区界线: a GeoJSON file is looked at first; what is confirmed is kept as a new version. */
export function BoundaryUpload({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const input = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File>()
  const [result, setResult] = useState<BoundaryImport>()
  const { attempt, busy, faults } = useAttempt()
  const send = (chosen: File, confirm?: string) => unwrap(api.POST('/map/boundaries', { params: { query: { confirm } }, ...fileBody(chosen) }))
  const look = (chosen: File) =>
    attempt(async () => {
      setFile(chosen)
      setResult(undefined)
      setResult(await send(chosen))
    })
  const confirm = () =>
    attempt(async () => {
      if (!file || !result) return
      setResult(await send(file, result.sha256))
      void message.success('界线已保存')
      await client.invalidateQueries({ queryKey: ['map'] })
    })
  const good = result ? result.items.length - result.rejected : 0
  return (
    <section className="panel" aria-label="导入地区界线">
      <h2>导入地区界线</h2>
      <p className="gap muted">GeoJSON（FeatureCollection），每个地区一项，属性 code 为地区代码；经度、纬度（度）。只供内部使用，地图不对外公布。</p>
      <p className="gap">
        <input
          ref={input}
          type="file"
          className="offscreen"
          tabIndex={-1}
          aria-hidden
          accept=".geojson,.json"
          data-field="boundaries"
          onChange={(e) => {
            const chosen = e.target.files?.[0]
            if (chosen) void look(chosen)
            e.target.value = ''
          }}
        />
        <Button icon={<UploadOutlined aria-hidden />} loading={busy} onClick={() => input.current?.click()}>
          选择 GeoJSON 文件
        </Button>
        <span className="muted">　{file?.name}</span>
      </p>
      {faults.length > 0 && <Alert className="gap" type="error" showIcon role="alert" title={faults.join('；')} />}
      {result && (
        <>
          <p className="gap" role="status">
            {result.applied ? '已保存' : '预览：可以保存'} {good} 个地区，未导入 {result.rejected} 个
          </p>
          <table className="list gap">
            <thead>
              <tr>
                <th scope="col">地区</th>
                <th scope="col">点数</th>
                <th scope="col">说明</th>
              </tr>
            </thead>
            <tbody>
              {result.items.map((x, i) => (
                <tr key={`${x.code}${i}`}>
                  <td>
                    {x.name || '—'} <span className="small num">{x.code}</span>
                  </td>
                  <td data-label="点数" className="num">
                    {x.points}
                  </td>
                  <td data-label="说明">{x.faults.length > 0 ? <strong className="late">{x.faults.map((f) => f.message).join('；')}</strong> : x.replaces ? `代替第 ${x.replaces} 版` : '新增'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <div className="form-foot">
        {result && !result.applied && (
          <Button size="large" type="primary" loading={busy} disabled={good === 0} onClick={() => void confirm()}>
            确认保存 {good} 个地区
          </Button>
        )}
        <Button size="large" onClick={onClose}>
          {result?.applied ? '完成' : '返回'}
        </Button>
      </div>
    </section>
  )
}
