import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Input, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { type Robot, type RobotInput, type RobotList, robotsQuery } from '../../api/notices'
import { Dialog } from '../../components/Dialog'
import { Faults } from '../../components/Faults'
import { useAreas } from '../../components/Filters'
import { Loaded, Nothing } from '../../components/PageState'
import { Pager, usePages } from '../../components/Pager'
import { useAct, useAttempt } from '../../lib/act'
import { useTitle } from '../../lib/hooks'
import './notices.css'
import { Outcome } from './Sent'

const cyphers: Record<string, string> = { starttls: 'STARTTLS', tls: 'TLS', none: '本机，不加密' }

/** 消息渠道: the robots of the offices' groups, and how the server sends mail. */
export function Robots() {
  useTitle('消息渠道')
  const pages = usePages('')
  const robots = useQuery(robotsQuery(pages.cursor))
  const [adding, setAdding] = useState(false)
  return (
    <div className="page">
      <div className="page-head">
        <h1>消息渠道</h1>
        <span className="muted">群里只发程序、事项编号、期限和链接；机器人的地址和密钥加密保存，不再显示</span>
      </div>
      <Loaded query={robots}>
        {(page) => (
          <>
            {adding ? (
              <Add list={page} onClose={() => setAdding(false)} />
            ) : (
              <p className="gap">
                <Button type="primary" size="large" onClick={() => setAdding(true)}>
                  登记群机器人
                </Button>
              </p>
            )}
            {page.items.length === 0 ? (
              <Nothing title="还没有群机器人">在企业微信、钉钉或飞书的工作群里添加机器人，再把它的 Webhook 地址登记在这里。</Nothing>
            ) : (
              <>
                <Table items={page.items} />
                <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
              </>
            )}
            <MailServer mail={page.mail} />
          </>
        )}
      </Loaded>
    </div>
  )
}

function useRenew() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['robots'] })
}

function Table({ items }: { items: Robot[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">群</th>
          <th scope="col">单位</th>
          <th scope="col">最近一次</th>
          <th scope="col">操作</th>
        </tr>
      </thead>
      <tbody>
        {items.map((r) => (
          <Row key={r.id} robot={r} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ robot: r }: { robot: Robot }) {
  const { attempt, busy, faults } = useAttempt()
  const renew = useRenew()
  const [removing, setRemoving] = useState(false)
  const path = { params: { path: { id: r.id } } }
  const act = (work: () => Promise<unknown>) =>
    void attempt(async () => {
      await work()
      await renew()
    })
  return (
    <tr data-robot={r.id}>
      <td>
        <strong>{r.title}</strong>
        <div className="small">
          {r.kind_title} · {r.host}
          {r.signed && ' · 加签'}
        </div>
      </td>
      <td data-label="单位">{[r.region_name, r.dept_title].filter(Boolean).join(' · ')}</td>
      <td data-label="最近一次">
        <div role="status">{r.disabled ? <span className="tag near">已停用</span> : r.last ? <Outcome of={r.last} /> : '还没有发过'}</div>
        <Faults list={faults} />
      </td>
      <td className="row-acts">
        <Button loading={busy} disabled={r.disabled} aria-label={`试发 ${r.title}`} onClick={() => act(() => unwrap(api.POST('/robots/{id}/test', path)))}>
          试发
        </Button>
        <Button
          loading={busy}
          aria-label={`${r.disabled ? '启用' : '停用'} ${r.title}`}
          onClick={() => act(() => unwrap(api.PUT('/robots/{id}', { ...path, body: { title: r.title, disabled: !r.disabled, row_version: r.row_version } })))}
        >
          {r.disabled ? '启用' : '停用'}
        </Button>
        <Button danger aria-label={`取消登记 ${r.title}`} onClick={() => setRemoving(true)}>
          取消登记
        </Button>
        {removing && (
          <Dialog title={`取消登记“${r.title}”`} okText="取消登记" busy={busy} onOk={() => act(() => unwrap(api.DELETE('/robots/{id}', path)))} onClose={() => setRemoving(false)}>
            <p>提醒不再发到这个群，还没有发出的也不再发。</p>
          </Dialog>
        )}
      </td>
    </tr>
  )
}

/** 登记群机器人: whose group it is, and where its robot listens. */
function Add({ list, onClose }: { list: RobotList; onClose: () => void }) {
  const id = useId()
  const areas = useAreas()
  const renew = useRenew()
  const { act, busy, faults } = useAct()
  const [kind, setKind] = useState<RobotInput['kind']>('wecom')
  const [title, setTitle] = useState('')
  const [region, setRegion] = useState<string>()
  const [dept, setDept] = useState('')
  const [address, setAddress] = useState('')
  const [secret, setSecret] = useState('')
  const create = () => {
    if (!region) return
    const body: RobotInput = { kind, title: title.trim(), region_code: region, dept: dept || undefined, address: address.trim(), secret: secret.trim() || undefined }
    void act(body, (key) => unwrap(api.POST('/robots', { params: { header: { 'Idempotency-Key': key } }, body })), async () => {
      await renew()
      onClose()
    })
  }
  return (
    <section className="panel" aria-label="登记群机器人">
      <h2>登记群机器人</h2>
      <div className="filters">
        <label htmlFor={`${id}kind`}>
          种类
          <Select id={`${id}kind`} style={{ minWidth: '9rem' }} value={kind} options={list.kinds.map((k) => ({ value: k.code, label: k.title }))} onChange={(k) => setKind(k as RobotInput['kind'])} />
        </label>
        <label className="wide" htmlFor={`${id}title`}>
          群的名称
          <Input id={`${id}title`} value={title} maxLength={60} onChange={(e) => setTitle(e.target.value)} />
        </label>
        <label htmlFor={`${id}region`}>
          单位所在地
          <Select id={`${id}region`} style={{ minWidth: '12rem' }} value={region} showSearch={{ optionFilterProp: 'label' }} options={areas} onChange={setRegion} />
        </label>
        <label htmlFor={`${id}dept`}>
          部门（部门的群才选）
          <Select id={`${id}dept`} style={{ minWidth: '12rem' }} value={dept} showSearch={{ optionFilterProp: 'label' }} options={[{ value: '', label: '不分部门' }, ...list.depts.map((d) => ({ value: d.code, label: d.title }))]} onChange={setDept} />
        </label>
      </div>
      <div className="filters">
        <label className="wide" htmlFor={`${id}address`}>
          Webhook 地址
          <Input id={`${id}address`} value={address} maxLength={500} autoComplete="off" onChange={(e) => setAddress(e.target.value)} />
        </label>
        <label className="wide" htmlFor={`${id}secret`}>
          加签密钥（没有的不填）
          <Input.Password id={`${id}secret`} value={secret} maxLength={200} autoComplete="off" onChange={(e) => setSecret(e.target.value)} />
        </label>
      </div>
      <p className="gap">机器人的安全设置可用“加签”，或以“守望”作关键词。</p>
      <Faults list={faults} />
      <div className="form-foot">
        <Button type="primary" loading={busy} disabled={!title.trim() || !region || !address.trim()} onClick={create}>
          登记
        </Button>
        <Button onClick={onClose}>返回</Button>
      </div>
    </section>
  )
}

function MailServer({ mail: m }: { mail: RobotList['mail'] }) {
  return (
    <section className="panel" aria-label="邮件服务器">
      <h2>邮件服务器</h2>
      {m.configured ? (
        <>
          <p>
            {m.server}（{cyphers[m.tls ?? '']}），发件地址 {m.from}。由服务器的设置决定，这里只显示。
          </p>
          <p role="status">最近一封：{m.last ? <Outcome of={m.last} /> : '还没有发过'}</p>
        </>
      ) : (
        <p className="muted">没有设置。由运行服务器的人员以 --smtp-address 等参数设定，见运维手册。</p>
      )}
    </section>
  )
}
