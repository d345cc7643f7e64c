import { UploadOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input, Select } from 'antd'
import { useId, useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { DeptKind, DeptList, DeptPreview } from '../../api/types'
import { Going } from '../../components/Going'
import { save } from '../../lib/save'
import { useWatched } from '../../lib/watch'

interface Sent {
  kind: string
  region?: string
  asOf: string
  mapping?: Record<string, string>
  corrects?: string
  confirm?: string
  file: File
}

// The generated type says string for a binary part; the serializer makes the real form.
const requestOf = (s: Sent) => ({
  body: { kind: s.kind, as_of: s.asOf, file: '' },
  bodySerializer: () => {
    const data = new FormData()
    data.set('kind', s.kind)
    data.set('as_of', s.asOf)
    if (s.region) data.set('region', s.region)
    if (s.mapping) data.set('mapping', JSON.stringify(s.mapping))
    if (s.corrects) data.set('corrects', s.corrects)
    if (s.confirm) data.set('confirm', s.confirm)
    data.set('file', s.file, s.file.name)
    return data
  },
})

/** 导入: kind and day, file, columns, preview, and only then the writing. Sent again after a break it goes on. */
export function ListImport({ kinds: all, corrects, onClose }: { kinds: DeptKind[]; corrects?: DeptList; onClose: () => void }) {
  const kinds = corrects ? all.filter((k) => k.kind === corrects.kind) : all
  const client = useQueryClient()
  const { message } = App.useApp()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [code, setCode] = useState(kinds[0]?.kind ?? '')
  const [region, setRegion] = useState<string>()
  const [asOf, setAsOf] = useState(corrects?.as_of ?? '')
  const [file, setFile] = useState<File>()
  const [preview, setPreview] = useState<DeptPreview>()
  const [mapping, setMapping] = useState<Record<string, string>>()
  const [done, setDone] = useState<DeptList>()
  const work = useWatched()
  const { watch, busy, faults, forgive } = work
  const kind = kinds.find((k) => k.kind === code)

  const forget = () => {
    setPreview(undefined)
    setMapping(undefined)
    setDone(undefined)
    forgive()
  }
  const sentBy = (chosen: File, more: Partial<Sent> = {}): Sent => ({ kind: code, region, asOf, corrects: corrects?.id, file: chosen, ...more })
  const look = (chosen: File, columns?: Record<string, string>) =>
    watch(async (how) => {
      setFile(chosen)
      setDone(undefined)
      const seen = await unwrap(api.POST('/dept-files/preview', { ...requestOf(sentBy(chosen, { mapping: columns })), ...how }))
      setPreview(seen)
      setMapping(seen.mapping)
    })
  const confirm = () =>
    watch(async (how) => {
      if (!file || !preview || !mapping) return
      const list = await unwrap(api.POST('/dept-files/import', { ...requestOf(sentBy(file, { mapping, confirm: preview.sha256 })), ...how }))
      void message.success(`已导入，可用 ${list.usable} 行`)
      await client.invalidateQueries({ queryKey: ['departments'] })
      // Rows with faults are to be mended: the workbook that names them is still at hand.
      if (list.rejected > 0) setDone(list)
      else onClose()
    })
  const keep = () =>
    watch(async () => {
      if (!mapping) return
      const saved = await unwrap(api.GET('/dept-mappings', { params: { query: { kind: code, region } } }))
      await unwrap(api.PUT('/dept-mappings', { body: { kind: code, region, expected_version: saved.version, columns: mapping } }))
      void message.success('已保存列对应关系，下次自动套用')
    })
  const giveBack = () =>
    watch(async (how) => {
      if (!file) return
      const blob = await unwrap(api.POST('/dept-files/returned', { ...requestOf(sentBy(file, { mapping })), ...how, parseAs: 'blob' }))
      save(blob as unknown as Blob, `导入结果-${file.name.replace(/\.\w+$/, '')}.xlsx`)
    })

  return (
    <section className="panel" aria-label="导入名单">
      <h2>{corrects ? '导入更正名单' : '导入名单'}</h2>
      {corrects && <p className="gap muted">代替截至 {corrects.as_of} 的那一份：它有而这一份没有的内容随即撤下；已开启的事项由人办结。应是完整的一份，不只是改动的行。</p>}
      <div className="filters">
        <label htmlFor={`${id}kind`}>
          名单类别
          <Select id={`${id}kind`} style={{ minWidth: '14rem' }} value={code} options={kinds.map((k) => ({ value: k.kind, label: `${k.dept_title} · ${k.title}` }))}
            onChange={(v) => {
              setCode(v)
              setRegion(undefined)
              setFile(undefined)
              forget()
            }}
          />
        </label>
        {(kind?.regions.length ?? 0) > 1 && (
          <label htmlFor={`${id}region`}>
            辖区
            <Select id={`${id}region`} style={{ minWidth: '10rem' }} value={region ?? kind?.regions[0]?.code} options={kind?.regions.map((r) => ({ value: r.code, label: r.name }))}
              onChange={(v) => {
                setRegion(v)
                forget()
              }}
            />
          </label>
        )}
        <label htmlFor={`${id}day`}>
          数据截止日期
          <Input id={`${id}day`} type="date" value={asOf}
            onChange={(e) => {
              setAsOf(e.target.value)
              forget()
            }}
          />
        </label>
        <input
          ref={input}
          type="file"
          className="offscreen"
          tabIndex={-1}
          aria-hidden
          accept=".xlsx,.csv"
          data-field="list"
          onChange={(e) => {
            const chosen = e.target.files?.[0]
            if (chosen) void look(chosen)
            e.target.value = ''
          }}
        />
        <Button icon={<UploadOutlined aria-hidden />} loading={busy} disabled={!asOf} onClick={() => input.current?.click()}>
          选择 .xlsx 或 .csv 文件
        </Button>
        <span className="muted">{file?.name}</span>
      </div>
      {faults.length > 0 && <Alert className="gap" type="error" showIcon role="alert" title={faults.join('；')} />}
      <Going work={work} />
      {done && (
        <p className="gap" role="status">
          已导入 {done.usable} 行；有误的 {done.rejected} 行没有导入，可下载写有结果的工作簿，改正后作为更正名单导入。
        </p>
      )}
      {preview && kind && mapping && !done && (
        <>
          <Columns preview={preview} kind={kind} mapping={mapping} onChange={setMapping} />
          <Found preview={preview} />
        </>
      )}
      <div className="form-foot">
        {preview && file && mapping && (
          <>
            {!done && (
              <>
                <Button size="large" type="primary" loading={busy} disabled={preview.mapping_faults.length > 0 || preview.usable === 0 || mapping !== preview.mapping} onClick={() => void confirm()}>
                  确认导入 {preview.usable} 行
                </Button>
                <Button size="large" disabled={busy} onClick={() => void look(file, mapping)}>
                  按这些列重新预览
                </Button>
                <Button size="large" disabled={busy} onClick={() => void keep()}>
                  保存列对应关系
                </Button>
              </>
            )}
            <Button size="large" disabled={busy || preview.mapping_faults.length > 0} onClick={() => void giveBack()}>
              下载写有结果的工作簿
            </Button>
          </>
        )}
        <Button size="large" onClick={onClose}>
          {done ? '完成' : '返回'}
        </Button>
      </div>
    </section>
  )
}

/** Which column says what: proposed from the headings, to be put right here. */
function Columns({ preview, kind, mapping, onChange }: { preview: DeptPreview; kind: DeptKind; mapping: Record<string, string>; onChange: (m: Record<string, string>) => void }) {
  const id = useId()
  const columnOf = (field: string) => Object.keys(mapping).find((h) => mapping[h] === field) ?? ''
  const choose = (field: string, heading: string) => {
    const next = Object.fromEntries(Object.entries(mapping).filter(([h, f]) => f !== field && h !== heading))
    onChange(heading ? { ...next, [heading]: field } : next)
  }
  return (
    <>
      <h3>列对应关系</h3>
      <div className="filters">
        {kind.fields.map((f) => (
          <label key={f.code} htmlFor={id + f.code}>
            {f.title}
            {f.required && '（必填）'}
            <Select id={id + f.code} style={{ minWidth: '9rem' }} value={columnOf(f.code)} onChange={(h) => choose(f.code, h)}
              options={[{ value: '', label: '（没有这一列）' }, ...preview.headings.filter(Boolean).map((h) => ({ value: h, label: h }))]}
            />
          </label>
        ))}
      </div>
      {preview.mapping_faults.length > 0 && <Alert className="gap" type="warning" role="alert" title={preview.mapping_faults.map((f) => f.message).join('；')} />}
    </>
  )
}

function Found({ preview: p }: { preview: DeptPreview }) {
  if (p.mapping_faults.length > 0) return null
  const persons = [p.matched && `在册 ${p.matched}`, p.doubtful && `待核对 ${p.doubtful}`, p.outside && `不在册 ${p.outside}`].filter(Boolean)
  return (
    <>
      {p.before && <Alert className="gap" type="info" title={`这个文件已于 ${p.before.as_of} 的名单导入过${p.before.state === 'done' ? '，不会重复导入' : '，尚未办完，确认后接着办'}`} />}
      {p.newer && <Alert className="gap" type="info" title={`已有截至 ${p.newer} 的同类名单，本名单中较旧的内容不会覆盖它`} />}
      <p className="gap" role="status">
        预览：共 {p.rows} 行，可用 {p.usable} 行，有误 {p.rejected} 行{persons.length > 0 && `；${persons.join('，')}`}
      </p>
      {p.faults.length > 0 && (
        <table className="list gap">
          <thead>
            <tr>
              <th scope="col">行</th>
              <th scope="col">错误</th>
            </tr>
          </thead>
          <tbody>
            {p.faults.slice(0, 50).map((f) => (
              <tr key={`${f.sheet}${f.line}${f.code}${f.field}`}>
                <td className="num">{f.line}</td>
                <td data-label="错误">
                  {f.message}（{f.code}）
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {p.faults.length > 50 && <p className="muted">其余见“下载写有结果的工作簿”。</p>}
    </>
  )
}
