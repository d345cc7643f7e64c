import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Checkbox } from 'antd'
import { useState } from 'react'
import { supervisionsQuery } from '../../api/queries'
import { ExportButton } from '../../components/ExportButton'
import { Loaded } from '../../components/PageState'
import { Pager, usePages } from '../../components/Pager'
import { formatTime } from '../../lib/dates'

/** 督办通知 of a programme, the newest first. */
export function SupervisionList({ programme }: { programme: string }) {
  const [open, setOpen] = useState(false)
  const filter = { programme_id: programme, open: open || undefined }
  const pages = usePages(filter)
  const supervisions = useQuery(supervisionsQuery(filter, pages.cursor))
  return (
    <section className="panel" aria-label="督办通知">
      <div className="panel-head">
        <h2>督办通知</h2>
        <Checkbox checked={open} onChange={(e) => setOpen(e.target.checked)}>
          只看尚未回复的
        </Checkbox>
        <ExportButton list="supervisions" filter={filter} />
      </div>
      <Loaded query={supervisions}>
        {(page) =>
          page.items.length === 0 ? (
            <p className="muted">没有督办通知。</p>
          ) : (
            <>
              <table className="list">
                <thead>
                  <tr>
                    <th scope="col">文号</th>
                    <th scope="col">问题</th>
                    <th scope="col">因何发出</th>
                    <th scope="col">印发</th>
                    <th scope="col">回复</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((x) => (
                    <tr key={x.notice.no}>
                      <td className="num">{x.notice.no}</td>
                      <td data-label="问题">
                        <Link to="/cases/$id" params={{ id: x.case.id }} search={{}}>
                          {x.brief ?? x.case.no}
                        </Link>
                        <div className="small">{x.case.region_name}</div>
                      </td>
                      <td data-label="因何发出">{x.notice.reason}</td>
                      <td data-label="印发" className="num">
                        {formatTime(x.notice.issued_at)} {x.notice.issued_by}
                      </td>
                      <td data-label="回复" className="num">
                        {x.notice.replied_at ? formatTime(x.notice.replied_at) : <strong className="late">尚未回复</strong>}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </section>
  )
}
