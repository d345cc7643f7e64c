import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Checkbox } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { messagesQuery, meQuery } from '../api/queries'
import type { Message, MessageGroup } from '../api/types'
import { ExportButton } from '../components/ExportButton'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'

/** 消息: reminders and notifications, gathered as they were delivered. */
export function Messages() {
  useTitle('消息')
  const [unread, setUnread] = useState(false)
  const pages = usePages(unread)
  const messages = useQuery(messagesQuery(unread, pages.cursor))
  return (
    <div className="page">
      <div className="page-head">
        <h1>消息</h1>
        <Checkbox checked={unread} onChange={(e) => setUnread(e.target.checked)}>
          只看未读{messages.data && `（${messages.data.unread}）`}
        </Checkbox>
        <ExportButton list="messages" filter={{ unread: unread || undefined }} />
      </div>
      <Loaded query={messages}>
        {(page) =>
          page.groups.length === 0 ? (
            <Nothing title={unread ? '没有未读消息' : '没有消息'}>期限将到、已超期的提醒会出现在这里。</Nothing>
          ) : (
            <>
              {page.groups.map((g) => (
                <Group key={g.deliver_at + g.title} group={g} />
              ))}
              <Pager pages={pages} next={page.next_cursor} count={page.groups.reduce((n, g) => n + g.items.length, 0)} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function Group({ group }: { group: MessageGroup }) {
  // A message that comes alone is the head of its group.
  const alone = group.digest || group.items.length !== 1 ? undefined : group.items[0]
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{alone ? <Title message={alone} /> : group.title}</h2>
        <span className="muted num">
          {formatTime(group.deliver_at)} · {group.digest ? '每日汇总' : '即时提醒'}
        </span>
      </div>
      {group.items.map((m) => (
        <One key={m.id} message={m} titled={alone === undefined} />
      ))}
    </section>
  )
}

function Title({ message: m }: { message: Message }) {
  return (
    <span className="clock-head">
      {m.urgent && <span className="tag over">紧急</span>}
      <strong>{m.title}</strong>
      {!m.read_at && <span className="tag info">未读</span>}
    </span>
  )
}

function One({ message: m, titled }: { message: Message; titled: boolean }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const read = useMutation({
    mutationFn: () => unwrap(api.POST('/messages/{id}/read', { params: { path: { id: m.id } } })),
    onError: (err) => message.error(describe(err)),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['messages'] })
      void client.invalidateQueries({ queryKey: meQuery.queryKey })
    },
  })
  return (
    <article className="clock">
      {titled && <Title message={m} />}
      <p>{m.body}</p>
      <div className="acts message-acts">
        {m.case_id && (
          <Link to="/cases/$id" params={{ id: m.case_id }} search={{}} onClick={() => !m.read_at && read.mutate()}>
            查看案件
          </Link>
        )}
        {!m.read_at && (
          <Button size="small" loading={read.isPending} onClick={() => read.mutate()} aria-label={`标为已读：${m.title}`}>
            标为已读
          </Button>
        )}
      </div>
    </article>
  )
}
