import { useMutation, useQuery } from '@tanstack/react-query'
import { Alert, Button, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { adminActsQuery, type LogFilter, meQuery } from '../api/queries'
import { LogDays } from '../components/LogDays'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { isAdmin } from '../lib/admin'
import { formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'

/** 管理操作: what the administrators have done, here and on the command line. */
export function AdminActs() {
  useTitle('管理操作')
  const me = useQuery(meQuery)
  const [filter, setFilter] = useState<LogFilter & { kind?: string }>({})
  const pages = usePages(filter)
  const acts = useQuery(adminActsQuery(filter, pages.cursor))
  const id = useId()
  return (
    <div className="page">
      <div className="page-head">
        <h1>管理操作</h1>
        <span className="muted">{isAdmin(me.data, 'log_admin') ? '系统管理员、安全管理员和命令行的全部操作，只能看不能改' : '审计管理员查看日志的记录'}</span>
        {isAdmin(me.data, 'log_admin') && <Check />}
      </div>
      <div className="filters">
        <label htmlFor={`${id}kind`}>
          操作
          <Select
            id={`${id}kind`}
            style={{ minWidth: '10rem' }}
            value={filter.kind ?? ''}
            options={[{ value: '', label: '全部' }, ...(acts.data?.kinds ?? []).map((k) => ({ value: k.code, label: k.title }))]}
            onChange={(kind) => setFilter({ ...filter, kind: kind || undefined })}
          />
        </label>
        <LogDays filter={filter} onChange={(more) => setFilter({ ...filter, ...more })} />
      </div>
      <Loaded query={acts}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有符合条件的操作">请放宽操作或日期。</Nothing>
          ) : (
            <>
              <table className="list">
                <thead>
                  <tr>
                    <th scope="col">序号、时间</th>
                    <th scope="col">操作人</th>
                    <th scope="col">操作</th>
                    <th scope="col">内容</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((a) => (
                    <tr key={a.seq}>
                      <td className="num nowrap">
                        第 {a.seq} 条<div className="small">{formatTime(a.at)}</div>
                      </td>
                      <td data-label="操作人" className="nowrap">
                        {a.actor_name}
                        <div className="small">{a.actor_role_title}</div>
                      </td>
                      <td data-label="操作" className="breaks">
                        <strong>{a.kind_title}</strong>：{a.target_name}
                        <div className="small">{a.region_name}</div>
                      </td>
                      <td data-label="内容" className="small breaks">
                        {a.detail.length > 0 ? a.detail.join('；') : undefined}
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
    </div>
  )
}

/** Checks that nothing was changed or taken out. */
function Check() {
  const check = useMutation({ mutationFn: () => unwrap(api.GET('/admin-acts/check')) })
  return (
    <>
      <Button loading={check.isPending} onClick={() => check.mutate()}>
        核对记录链
      </Button>
      {check.error && <Alert type="error" role="alert" showIcon title={describe(check.error)} />}
      {check.data && <Alert type={check.data.fault ? 'error' : 'success'} role="status" showIcon title={check.data.fault ?? `${check.data.count} 条记录完整，序号连续`} />}
    </>
  )
}
