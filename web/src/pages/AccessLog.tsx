import { useQuery } from '@tanstack/react-query'
import { Button, Select } from 'antd'
import { useId, useState } from 'react'
import { accessLogQuery, type LogFilter } from '../api/queries'
import { HealthNotice } from '../components/HealthNotice'
import type { AccessLogItem } from '../api/types'
import { LogDays } from '../components/LogDays'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'

/** What an entry is about, with what tells it from others of its kind. */
function Subject({ entry: a }: { entry: AccessLogItem }) {
  return (
    <>
      {a.what}
      {a.table === 'users' ? a.field && <div className="small">来源地址标记 {a.field}</div> : a.record_id && <div className="hash">{a.record_id}</div>}
    </>
  )
}

/** 访问日志: who saw what, and why. */
export function AccessLog() {
  useTitle('访问日志')
  const [filter, setFilter] = useState<LogFilter & { action?: string; name?: string }>({})
  const { name, ...asked } = filter
  const pages = usePages(asked)
  const log = useQuery(accessLogQuery(asked, pages.cursor))
  const id = useId()
  return (
    <div className="page">
      <div className="page-head">
        <h1>访问日志</h1>
        <span className="muted">谁在何时看了、查找或导出了什么，只能看不能改；查看日志本身也有记录</span>
      </div>
      <HealthNotice />
      <div className="filters">
        <label htmlFor={`${id}action`}>
          动作
          <Select id={`${id}action`} style={{ minWidth: '12rem' }} value={filter.action ?? ''} options={[{ value: '', label: '全部' }, ...(log.data?.actions ?? []).map((x) => ({ value: x.code, label: x.title }))]} onChange={(action) => setFilter({ ...filter, action: action || undefined })} />
        </label>
        <LogDays filter={filter} onChange={(more) => setFilter({ ...filter, ...more })} />
        {name && <Button onClick={() => setFilter({ ...filter, user_id: undefined, name: undefined })}>现在只看 {name}，改看全部人员</Button>}
      </div>
      <Loaded query={log}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有符合条件的记录">请放宽动作或日期。</Nothing>
          ) : (
            <>
              <table className="list">
                <thead>
                  <tr>
                    <th scope="col">时间</th>
                    <th scope="col">人员</th>
                    <th scope="col">动作</th>
                    <th scope="col">对象</th>
                    <th scope="col">用途或方式</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((a) => (
                    <tr key={a.id}>
                      <td className="num">{formatTime(a.at)}</td>
                      <td data-label="人员">
                        {a.user ? (
                          <Button type="link" className="in-text" aria-label={`只看 ${a.user.name}`} onClick={() => setFilter({ ...filter, user_id: a.user?.id, name: a.user?.name })}>
                            {a.user.name}
                          </Button>
                        ) : (
                          '未知'
                        )}
                        {a.token && <div className="small">经接口令牌“{a.token}”</div>}
                        <div className="small">
                          {a.role_title}
                          {a.for && `，代 ${a.for.name}`}
                        </div>
                      </td>
                      <td data-label="动作">
                        {a.action_title} {a.class && <span className="tag normal">{a.class}</span>}
                      </td>
                      <td data-label="对象">
                        <Subject entry={a} />
                      </td>
                      <td data-label="用途或方式">{a.purpose}</td>
                    </tr>
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
