import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { App, Button, Checkbox, Select } from 'antd'
import { useId } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { type About, messagesQuery } from '../api/notices'
import { meQuery } from '../api/queries'
import type { Message, MessageGroup } from '../api/types'
import { ExportButton } from '../components/ExportButton'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'
import './notices/notices.css'
import { Sent } from './notices/Sent'

const route = getRouteApi('/staff/messages')

/** 消息: reminders and notifications, gathered as they were delivered. */
export function Messages() {
  useTitle('消息')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const narrow = (more: typeof filter) => void navigate({ search: (old) => ({ ...old, ...more }), replace: true })
  const { unread, about } = filter
  const pages = usePages(filter)
  const messages = useQuery(messagesQuery(filter, pages.cursor))
  const id = useId()
  return (
    <div className="page">
      <div className="page-head">
        <h1>消息</h1>
        <Link to="/messages/settings">提醒方式</Link>
        <ExportButton list="messages" filter={{ unread, about }} />
      </div>
      <div className="filters">
        <label htmlFor={`${id}about`}>
          种类
          <Select id={`${id}about`} style={{ minWidth: '11rem' }} value={about ?? 'all'} options={kinds} onChange={(v: About | 'all') => narrow({ about: v === 'all' ? undefined : v })} />
        </label>
        <Checkbox checked={unread ?? false} onChange={(e) => narrow({ unread: e.target.checked || undefined })}>
          只看未读{messages.data && `（${messages.data.unread}）`}
        </Checkbox>
        {messages.data && messages.data.unread > 0 && <ReadAll />}
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

const kinds: { value: About | 'all'; label: string }[] = [
  { value: 'all', label: '全部' },
  { value: 'urgent', label: '超期、督办' },
  { value: 'remind', label: '普通提醒' },
  { value: 'personal', label: '与本人有关' },
]

/** What changes when something was read. */
function useHaveRead() {
  const client = useQueryClient()
  return () => {
    void client.invalidateQueries({ queryKey: ['messages'] })
    void client.invalidateQueries({ queryKey: meQuery.queryKey })
  }
}

function ReadAll() {
  const { message } = App.useApp()
  const haveRead = useHaveRead()
  const read = useMutation({
    mutationFn: () => unwrap(api.POST('/messages/read')),
    onSuccess: (n) => message.success(`${n.read} 条已标为已读`),
    onError: (err) => message.error(describe(err)),
    onSettled: haveRead,
  })
  return (
    <Button loading={read.isPending} onClick={() => read.mutate()}>
      全部标为已读
    </Button>
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
  const { message } = App.useApp()
  const haveRead = useHaveRead()
  const read = useMutation({
    mutationFn: () => unwrap(api.POST('/messages/{id}/read', { params: { path: { id: m.id } } })),
    onError: (err) => message.error(describe(err)),
    onSettled: haveRead,
  })
  return (
    <article className="clock">
      {titled && <Title message={m} />}
      <p>{m.body}</p>
      <Sent list={m.sent} />
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
