import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { absencesQuery, meQuery } from '../api/queries'
import type { Absence } from '../api/types'
import { AbsenceForm } from '../components/AbsenceForm'
import { Dialog } from '../components/Dialog'
import { ExportButton } from '../components/ExportButton'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { StandingIn } from '../components/StandingIn'
import { formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'

/** 请假与代办: who is away and who stands in; entered, seen and ended here. */
export function Absences() {
  useTitle('请假与代办')
  const me = useQuery(meQuery)
  const pages = usePages('absences')
  const absences = useQuery(absencesQuery(pages.cursor))
  const [entering, setEntering] = useState(false)
  return (
    <div className="page">
      <div className="page-head">
        <h1>请假与代办</h1>
        <span className="muted">请假期间的待办由代办人办理，办理记录写明两人姓名；期满次日自动恢复</span>
        <ExportButton list="absences" />
      </div>
      {me.data && <StandingIn me={me.data} />}
      {entering ? (
        <AbsenceForm canManage={absences.data?.can_manage ?? false} onClose={() => setEntering(false)} />
      ) : (
        <p className="gap">
          <Button type="primary" size="large" onClick={() => setEntering(true)}>
            登记请假
          </Button>
        </p>
      )}
      <Loaded query={absences}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有请假记录">外出、学习或休假前登记，并指定同一辖区内的代办人。</Nothing>
          ) : (
            <>
              <List items={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function List({ items }: { items: Absence[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">请假人员</th>
          <th scope="col">起止</th>
          <th scope="col">代办人</th>
          <th scope="col">状态</th>
          <th scope="col">操作</th>
        </tr>
      </thead>
      <tbody>
        {items.map((a) => (
          <tr key={a.id} data-absence={a.id}>
            <td>
              <strong>
                {a.user.name}
                {a.mine && '（本人）'}
              </strong>
              <div className="small">{a.reason_title}</div>
            </td>
            <td data-label="起止" className="num">
              {a.from === a.until ? a.from : `${a.from} 至 ${a.until}`}
            </td>
            <td data-label="代办人">
              {a.substitutes.map((s) => (
                <div key={s.user.id + s.role + s.region_name}>
                  {s.user.name} <span className="small">{[s.region_name, s.dept_title, s.role_title].filter(Boolean).join(' · ')}</span>
                  {s.away && <span className="tag near">本人也请假，请另行安排</span>}
                </div>
              ))}
            </td>
            <td data-label="状态">
              <span className={`tag ${a.status === 'running' ? 'near' : a.status === 'planned' ? 'info' : 'normal'}`}>{a.status_title}</span>
              <div className="small">
                {a.entered_by.name} 登记
                {a.cancelled_by && `；${a.cancelled_by.name} 于 ${formatTime(a.cancelled_at).slice(5)} 取消`}
              </div>
            </td>
            <td className="row-acts">{a.can_cancel && <End absence={a} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Takes an absence back, or ends one that has begun. */
function End({ absence: a }: { absence: Absence }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const [asking, setAsking] = useState(false)
  const word = a.status === 'running' ? '提前结束' : '取消'
  const act = useMutation({
    mutationFn: () => unwrap(api.POST('/absences/{id}/cancel', { params: { path: { id: a.id } } })),
    onSuccess: () => message.success(`已${word}`),
    onError: (err) => message.error(describe(err)),
    onSettled: () => {
      setAsking(false)
      return client.invalidateQueries()
    },
  })
  return (
    <>
      <Button onClick={() => setAsking(true)} aria-label={`${word} ${a.user.name} 的请假`}>
        {word}
      </Button>
      {asking && (
        <Dialog title={`${word}：${a.user.name} 的请假`} okText={`确认${word}`} closeText="返回" busy={act.isPending} onOk={() => act.mutate()} onClose={() => setAsking(false)}>
          <p>代办人即刻不再代办，已办理的保留两人姓名。此后还需请假的，请重新登记。</p>
        </Dialog>
      )}
    </>
  )
}
