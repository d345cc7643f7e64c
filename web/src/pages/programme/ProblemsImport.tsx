import { useQueryClient } from '@tanstack/react-query'
import { api, unwrap } from '../../api/client'
import type { ProblemImport } from '../../api/types'
import { fileBody, WorkbookUpload } from '../../components/WorkbookUpload'

/** 导入: a workbook is looked at first; what is confirmed is carried out; sent again, it goes on where it stopped. */
export function ProblemsImport({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient()
  const path = { id }
  const count = (r: ProblemImport) => r.created + r.continued
  return (
    <WorkbookUpload
      title="导入工作簿"
      help="列的次序不限，至少要有“具体问题”一列；可以有村、户主、问题类型、问题性质、来源、整改措施、整改类别、责任人、核验人、时限等列。"
      field="workbook"
      measure="件"
      count={count}
      send={(file, how, confirm) => unwrap(api.POST('/programmes/{id}/import', { params: { path, query: { confirm } }, ...fileBody(file), ...how }))}
      back={(file, how) => unwrap(api.POST('/programmes/{id}/import/returned', { params: { path }, ...fileBody(file), ...how, parseAs: 'blob' }))}
      onDone={async (done) => {
        await client.invalidateQueries({ queryKey: ['programmes'] })
        return `已导入 ${count(done)} 件`
      }}
      onClose={onClose}
    >
      {(result) => <Preview result={result} />}
    </WorkbookUpload>
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
