import { useQueryClient } from '@tanstack/react-query'
import { api, unwrap } from '../../api/client'
import type { FormImport } from '../../api/types'
import { fileBody, WorkbookUpload } from '../../components/WorkbookUpload'

/** 导入填好的工作簿: looked at first, then saved as drafts; what others changed meanwhile is not overwritten. */
export function WorkbookImport({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const count = (r: FormImport) => r.created + r.saved
  return (
    <WorkbookUpload
      title="导入填好的工作簿"
      help="用本页下载的工作簿填写，不要改动表名和编号。先预览，确认以后存为草稿，再由填表人定稿。"
      field="forms"
      measure="份"
      count={count}
      send={(file, how, confirm) => unwrap(api.POST('/forms/workbook', { params: { query: { confirm } }, ...fileBody(file), ...how }))}
      back={(file, how) => unwrap(api.POST('/forms/workbook/returned', { ...fileBody(file), ...how, parseAs: 'blob' }))}
      onDone={async (done) => {
        await client.invalidateQueries({ queryKey: ['form-records'] })
        return `已存为草稿 ${count(done)} 份`
      }}
      onClose={onClose}
    >
      {(result) => <Found result={result} />}
    </WorkbookUpload>
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
