import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Checkbox, Input } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { type NoticeChoices, type NoticeKind, type NoticeSettings, noticeSettingsQuery } from '../../api/notices'
import { Faults } from '../../components/Faults'
import { Loaded } from '../../components/PageState'
import { useAttempt } from '../../lib/act'
import { useTitle } from '../../lib/hooks'
import './notices.css'
import { Outcome } from './Sent'

type Way = NoticeKind['ways'][number]
const ways: { way: Way; title: string }[] = [
  { way: 'mail', title: '邮箱' },
  { way: 'robot', title: '单位群' },
]

/** 提醒方式: by which ways one is told outside of the application, and when not. */
export function NoticeSettingsPage() {
  useTitle('提醒方式')
  const settings = useQuery(noticeSettingsQuery)
  return (
    <div className="page">
      <div className="page-head">
        <h1>提醒方式</h1>
        <Link to="/messages">返回消息</Link>
      </div>
      <p className="gap">所有提醒都在“消息”中。这里设定还要送到哪里；送出的内容只有程序、事项编号、期限和链接，没有任何人的信息。</p>
      <Loaded query={settings}>
        {(s) => (
          <>
            <Mail settings={s} />
            <Choices key={JSON.stringify([s.kinds, s.quiet_from, s.quiet_until, s.quiet_own])} settings={s} />
          </>
        )}
      </Loaded>
    </div>
  )
}

function useKeep() {
  const client = useQueryClient()
  return (answer: NoticeSettings) => client.setQueryData(noticeSettingsQuery.queryKey, answer)
}

function Mail({ settings: s }: { settings: NoticeSettings }) {
  const client = useQueryClient()
  const { attempt, busy, faults } = useAttempt()
  const keep = useKeep()
  const id = useId()
  const [address, setAddress] = useState('')
  const [code, setCode] = useState('')
  const ask = () =>
    attempt(async () => {
      keep(await unwrap(api.POST('/me/notices/mail', { body: { mail: address.trim() } })))
      setAddress('')
    })
  const confirm = () =>
    attempt(async () => {
      keep(await unwrap(api.POST('/me/notices/mail/confirm', { body: { code: code.trim() } })))
      setCode('')
    })
  const test = () => attempt(async () => keep(await unwrap(api.POST('/me/notices/test'))))
  const remove = () =>
    attempt(async () => {
      await unwrap(api.DELETE('/me/notices/mail'))
      await client.invalidateQueries({ queryKey: noticeSettingsQuery.queryKey })
    })
  return (
    <section className="panel" aria-label="邮箱">
      <h2>邮箱</h2>
      {!s.mail_server && !s.mail && <p className="muted">本系统没有设置邮件服务器；需要的请联系系统管理员。</p>}
      {s.mail && (
        <div className="gap">
          <p>
            接收提醒的邮箱：<strong>{s.mail}</strong>
          </p>
          {s.last_test && (
            <p role="status">
              试发：<Outcome of={s.last_test} />
            </p>
          )}
          <div className="acts">
            <Button loading={busy} onClick={() => void test()}>
              试发一条
            </Button>
            <Button danger loading={busy} onClick={() => void remove()}>
              不再用邮箱
            </Button>
          </div>
        </div>
      )}
      {s.mail_pending && (
        <div className="gap">
          <p>
            已向 <strong>{s.mail_pending}</strong> 发出确认码，请在 30 分钟内填写。
          </p>
          {s.last_code && (
            <p role="status">
              确认邮件：<Outcome of={s.last_code} />
            </p>
          )}
          <div className="filters">
            <label htmlFor={`${id}code`}>
              邮件中的六位确认码
              <Input id={`${id}code`} value={code} inputMode="numeric" autoComplete="one-time-code" maxLength={6} onChange={(e) => setCode(e.target.value)} />
            </label>
            <Button type="primary" loading={busy} disabled={!/^\d{6}$/.test(code.trim())} onClick={() => void confirm()}>
              确认邮箱
            </Button>
          </div>
        </div>
      )}
      {s.mail_server && (
        <div className="filters">
          <label className="wide" htmlFor={`${id}mail`}>
            {s.mail || s.mail_pending ? '换一个邮箱' : '邮箱地址'}
            <Input id={`${id}mail`} type="email" value={address} maxLength={254} autoComplete="email" onChange={(e) => setAddress(e.target.value)} />
          </label>
          <Button loading={busy} disabled={!address.includes('@')} onClick={() => void ask()}>
            发送确认码
          </Button>
        </div>
      )}
      <Faults list={faults} />
    </section>
  )
}

function Choices({ settings: s }: { settings: NoticeSettings }) {
  const { message } = App.useApp()
  const { attempt, busy, faults } = useAttempt()
  const keep = useKeep()
  const id = useId()
  const [kinds, setKinds] = useState(s.kinds)
  const [own, setOwn] = useState(s.quiet_own)
  const [from, setFrom] = useState(s.quiet_from)
  const [until, setUntil] = useState(s.quiet_until)
  const choose = (kind: NoticeKind, way: Way, on: boolean) =>
    setKinds(kinds.map((k) => (k.kind === kind.kind ? { ...k, ways: on ? [...k.ways, way] : k.ways.filter((w) => w !== way) } : k)))
  const save = () =>
    attempt(async () => {
      const chosen = Object.fromEntries(kinds.map((k) => [k.kind, k.ways])) as Pick<NoticeChoices, NoticeKind['kind']>
      keep(await unwrap(api.PUT('/me/notices', { body: { ...chosen, ...(own ? { quiet_from: from, quiet_until: until } : {}) } })))
      void message.success('已保存')
    })
  return (
    <section className="panel" aria-label="送到哪里">
      <h2>送到哪里</h2>
      <table className="ways">
        <thead>
          <tr>
            <th scope="col">提醒</th>
            {ways.map((w) => (
              <th key={w.way} scope="col">
                {w.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {kinds.map((k) => (
            <tr key={k.kind}>
              <th scope="row">{k.title}</th>
              {ways.map((w) => (
                <td key={w.way}>
                  {k.allowed.includes(w.way) ? <Checkbox aria-label={`${k.title}：${w.title}`} checked={k.ways.includes(w.way)} onChange={(e) => choose(k, w.way, e.target.checked)} /> : '不发'}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="gap">{s.groups.length > 0 ? `您所在单位的群：${s.groups.join('、')}。` : '您所在的单位还没有登记群机器人。'}邮箱须先确认。</p>
      <h2>免打扰</h2>
      <p>紧急提醒随时送出，其余的等免打扰结束再送。</p>
      <Checkbox checked={own} onChange={(e) => setOwn(e.target.checked)}>
        自己设定（否则按政策参数）
      </Checkbox>
      <div className="notice-quiet">
        <label htmlFor={`${id}from`}>
          开始
          <input id={`${id}from`} type="time" required disabled={!own} value={from} onChange={(e) => setFrom(e.target.value)} />
        </label>
        <label htmlFor={`${id}until`}>
          结束
          <input id={`${id}until`} type="time" required disabled={!own} value={until} onChange={(e) => setUntil(e.target.value)} />
        </label>
        <span className="muted">两者相同即不设免打扰</span>
      </div>
      <Faults list={faults} />
      <Button type="primary" size="large" loading={busy} disabled={own && (!from || !until)} onClick={() => void save()}>
        保存
      </Button>
    </section>
  )
}
