import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { type BulkJob, bulkJobsQuery } from '../api/lists'
import { BulkJobDialog, jobActions, jobStates } from '../components/BulkJob'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'

/** 批量办理记录: my bulk jobs, those that still go on among them. */
export function BulkJobs() {
  useTitle('批量办理记录')
  const pages = usePages('bulk-jobs')
  const jobs = useQuery(bulkJobsQuery(pages.cursor))
  const [open, setOpen] = useState<BulkJob>()
  return (
    <div className="page">
      <div className="page-head">
        <h1>批量办理记录</h1>
        <span className="muted">关闭页面后仍在后台办理，可随时回来查看</span>
      </div>
      <Loaded query={jobs}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="还没有批量办理">在“待办”中选择“批量办理”。</Nothing>
          ) : (
            <>
              <table className="list">
                <thead>
                  <tr>
                    <th scope="col">操作</th>
                    <th scope="col">时间</th>
                    <th scope="col">状态</th>
                    <th scope="col">成功</th>
                    <th scope="col">略过</th>
                    <th scope="col">未成功</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((j) => (
                    <tr key={j.id}>
                      <td>
                        <Button type="link" className="main-link" onClick={() => setOpen(j)}>
                          {jobActions[j.action]} {j.total} 件
                        </Button>
                      </td>
                      <td data-label="时间" className="num">
                        {formatTime(j.created_at)}
                      </td>
                      <td data-label="状态">{jobStates[j.state]}</td>
                      <td data-label="成功">{j.done}</td>
                      <td data-label="略过">{j.skipped}</td>
                      <td data-label="未成功">{j.failed}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
      {open && <BulkJobDialog id={open.id} onClose={() => setOpen(undefined)} />}
    </div>
  )
}
