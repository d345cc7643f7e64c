import { useQuery } from '@tanstack/react-query'
import { exportsQuery } from '../api/exports'
import type { ListExport } from '../api/types'
import { CancelExport, ExportOutcome } from '../components/ExportOutcome'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'

/** 我的导出: what I have taken out, how far the rest is, and the files as long as they are kept. */
export function Exports() {
  useTitle('我的导出')
  const pages = usePages('exports')
  const exports = useQuery(exportsQuery(pages.cursor))
  return (
    <div className="page">
      <div className="page-head">
        <h1>我的导出</h1>
        <span className="muted">关闭页面后仍在后台生成；文件到期后自动删除，记录留存备查</span>
      </div>
      <Loaded query={exports}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="还没有导出">在各列表上选择“导出”。</Nothing>
          ) : (
            <>
              <table className="list">
                <thead>
                  <tr>
                    <th scope="col">导出</th>
                    <th scope="col">用途</th>
                    <th scope="col">时间</th>
                    <th scope="col">文件</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((x) => (
                    <Row key={x.id} made={x} />
                  ))}
                </tbody>
              </table>
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function Row({ made: x }: { made: ListExport }) {
  return (
    <tr data-export={x.no}>
      <td>
        {x.list_title}
        <div className="small num">{x.no}</div>
      </td>
      <td data-label="用途">{x.reason}</td>
      <td data-label="时间" className="num nowrap">
        {formatTime(x.created_at)}
      </td>
      <td data-label="文件">
        <ExportOutcome made={x} />
        {x.state === 'ready' && <CancelExport id={x.id} text="删除文件" />}
      </td>
    </tr>
  )
}
