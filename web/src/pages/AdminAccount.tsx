import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { App, Button, Input, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../api/client'
import { accountQuery, rolesQuery } from '../api/queries'
import type { Account, AccountEdit, AccountGrant, GrantEnd, GrantInput } from '../api/types'
import { AccountCare } from '../components/AccountCare'
import { Dialog } from '../components/Dialog'
import { Faults } from '../components/Faults'
import { DateInput } from '../components/fields/DateInput'
import { useAreas } from '../components/Filters'
import { Loaded } from '../components/PageState'
import { useAct } from '../lib/act'
import { formatDate, formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'
import { serverNow } from '../lib/now'

const route = getRouteApi('/staff/accounts/$id')
const states: Record<AccountGrant['state'], string> = { now: '有效', later: '尚未开始', over: '已终止' }

/** One account: its posts, and what may be done with it. */
export function AdminAccountPage() {
  const { id } = route.useParams()
  const account = useQuery(accountQuery(id))
  useTitle(account.data?.name ?? '账号')
  return <Loaded query={account}>{(a) => <AccountView account={a} />}</Loaded>
}

export function AccountView({ account: a }: { account: Account }) {
  const [doing, setDoing] = useState<'edit' | 'grant'>()
  const done = () => setDoing(undefined)
  return (
    <div className="page">
      <div className="page-head">
        <h1>{a.name}</h1>
        <span className="muted">
          用户名 {a.login}
          {a.region_name && `，${a.region_name}`}，{formatTime(a.created_at)} 建立
        </span>
        {a.ends_on && <span className="tag normal">最后一天 {a.ends_on}</span>}
        {a.disabled && <span className="tag near">已停用</span>}
        {a.locked_until && <span className="tag near">口令多次不符，锁定至 {formatTime(a.locked_until)}</span>}
      </div>
      {a.requests.map((q) => (
        <p key={q.id} className="gap">
          {q.asked_by.name}申请{q.kind_title}
          {q.role_title && `（${q.role_title}）`}，<Link className="underlined" to="/admin-requests">等待批准</Link>
        </p>
      ))}
      {doing === 'edit' && <EditForm account={a} onClose={done} />}
      {doing === 'grant' && <GrantForm account={a} onClose={done} />}
      {!doing && (
        <p className="gap acts">
          {a.can_edit && <Button onClick={() => setDoing('edit')}>改姓名、最后一天，停用或启用</Button>}
          {a.can_grant && (
            <Button type="primary" onClick={() => setDoing('grant')}>
              授予岗位
            </Button>
          )}
        </p>
      )}
      <section className="panel" aria-label="岗位">
        <h2>岗位</h2>
        {a.grants.length === 0 ? <p className="muted">还没有岗位，不能登录。</p> : <Grants account={a} />}
      </section>
      {a.can_edit && <AccountCare id={a.id} name={a.name} />}
    </div>
  )
}

function Grants({ account: a }: { account: Account }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">岗位</th>
          <th scope="col">起止</th>
          <th scope="col">状态</th>
          <th scope="col">操作</th>
        </tr>
      </thead>
      <tbody>
        {a.grants.map((g) => (
          <tr key={g.id}>
            <td>
              <strong>{[g.dept_title, g.role_title].filter(Boolean).join(' · ')}</strong>{' '}
              <Link className="small underlined" to="/roles" search={{ role: g.role }} aria-label={`${g.role_title}的权限`}>
                权限
              </Link>
              <div className="small">
                {g.region_name}
                {g.group}
                {g.of_household && '，只及一户'}
                {g.granted_by && `；${g.granted_by} 授予`}
              </div>
            </td>
            <td data-label="起止" className="num">
              {g.from} {g.until ? `至 ${g.until}` : '起，长期'}
            </td>
            <td data-label="状态">
              <span className={`tag ${g.state === 'now' ? 'info' : 'normal'}`}>{states[g.state]}</span>
            </td>
            <td className="row-acts">{a.can_grant && g.state !== 'over' && <End grant={g} name={a.name} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function useAccountAct() {
  const client = useQueryClient()
  const { message } = App.useApp()
  const told = async (text: string) => {
    void message.success(text)
    await client.invalidateQueries({ queryKey: ['accounts'] })
    await client.invalidateQueries({ queryKey: ['admin-requests'] })
  }
  return { told, ...useAct() }
}

/** Ends a post today or on a later day. */
function End({ grant: g, name }: { grant: AccountGrant; name: string }) {
  const { act, busy, faults, told } = useAccountAct()
  const id = useId()
  const [asking, setAsking] = useState(false)
  const [on, setOn] = useState('')
  const [reason, setReason] = useState('')
  const end = () => {
    const body: GrantEnd = { on: on || undefined, reason: reason.trim() }
    void act(body, () => unwrap(api.POST('/grants/{id}/end', { params: { path: { id: g.id } }, body })), async () => {
      setAsking(false)
      await told(g.administers ? '已提出申请，由系统管理员批准' : '岗位已终止')
    })
  }
  return (
    <>
      <Button onClick={() => setAsking(true)} aria-label={`终止 ${g.role_title}`}>
        终止
      </Button>
      {asking && (
        <Dialog title={`终止 ${name} 的岗位：${g.role_title}`} okText="确认终止" closeText="返回" busy={busy} okDisabled={reason.trim() === ''} onOk={end} onClose={() => setAsking(false)}>
          {g.administers && <p>这是管理员岗位，提出后由系统管理员批准。</p>}
          <label htmlFor={`${id}on`}>
            最后一天（不填为即刻终止）
            <Input id={`${id}on`} type="date" value={on} onChange={(e) => setOn(e.target.value)} />
          </label>
          <label htmlFor={`${id}why`}>
            理由
            <Input id={`${id}why`} value={reason} maxLength={200} onChange={(e) => setReason(e.target.value)} />
          </label>
          <Faults list={faults} />
        </Dialog>
      )}
    </>
  )
}

function EditForm({ account: a, onClose }: { account: Account; onClose: () => void }) {
  const { act, busy, faults, told } = useAccountAct()
  const id = useId()
  const [name, setName] = useState(a.name)
  const [disabled, setDisabled] = useState(a.disabled)
  const [ends, setEnds] = useState(a.ends_on)
  const [reason, setReason] = useState('')
  const changed = disabled !== a.disabled || ends !== a.ends_on
  const fine = name.trim() !== '' && (!changed || reason.trim() !== '')
  const save = () => {
    const body: AccountEdit = { name: name.trim(), disabled, ends_on: ends, reason: reason.trim() || undefined }
    void act(body, () => unwrap(api.PUT('/accounts/{id}', { params: { path: { id: a.id } }, body })), async (now) => {
      await told(now.disabled === disabled && now.name === body.name ? '已保存' : '管理员账号的停用、启用和改名须经安全管理员批准，已提出申请')
      onClose()
    })
  }
  return (
    <section className="panel" aria-label="改账号">
      <div className="filters">
        <label htmlFor={`${id}name`}>
          姓名
          <Input id={`${id}name`} autoFocus value={name} maxLength={50} onChange={(e) => setName(e.target.value)} />
        </label>
        <label htmlFor={`${id}state`}>
          状态
          <Select id={`${id}state`} style={{ minWidth: '8rem' }} value={disabled} options={[{ value: false, label: '正常' }, { value: true, label: '停用' }]} onChange={setDisabled} />
        </label>
        <label htmlFor={`${id}ends`}>
          最后一天（不填为长期）
          <DateInput id={`${id}ends`} value={ends} onChange={setEnds} />
        </label>
        {changed && (
          <label className="wide" htmlFor={`${id}why`}>
            理由
            <Input id={`${id}why`} value={reason} maxLength={200} onChange={(e) => setReason(e.target.value)} />
          </label>
        )}
      </div>
      <Faults list={faults} />
      <div className="form-foot">
        <Button type="primary" loading={busy} disabled={!fine} onClick={save}>
          保存
        </Button>
        <Button onClick={onClose}>返回</Button>
      </div>
    </section>
  )
}

/** 授予岗位: which post, where, from when until when, and on what ground. */
function GrantForm({ account: a, onClose }: { account: Account; onClose: () => void }) {
  const { act, busy, faults, told } = useAccountAct()
  const roles = useQuery(rolesQuery)
  const areas = useAreas()
  const id = useId()
  const [role, setRole] = useState<string>()
  const [region, setRegion] = useState<string>()
  const [dept, setDept] = useState<string>()
  const [household, setHousehold] = useState('')
  const [group, setGroup] = useState('')
  const [from, setFrom] = useState<string | undefined>(() => formatDate(new Date(serverNow()).toISOString()))
  const [until, setUntil] = useState<string>()
  const [basis, setBasis] = useState('')
  const of = roles.data?.items.find((r) => r.role === role)
  const fine = of && region && from && basis.trim() !== '' && (!of.of_dept || dept) && (!of.of_household || household.trim() !== '') && (!of.of_group || group.trim() !== '')
  const grant = () => {
    if (!of || !region || !from) return
    const body: GrantInput = { role: of.role, region_code: region, from, until, basis: basis.trim(), dept: of.of_dept ? dept : undefined, household_no: of.of_household ? household.trim() : undefined, group: of.of_group ? group.trim() : undefined }
    void act(body, (key) => unwrap(api.POST('/accounts/{id}/grants', { params: { path: { id: a.id }, header: { 'Idempotency-Key': key } }, body })), async () => {
      await told(of.administers ? '已提出申请，由系统管理员批准' : '岗位已授予')
      onClose()
    })
  }
  return (
    <section className="panel" aria-label="授予岗位">
      <h2>授予岗位</h2>
      <div className="filters">
        <label htmlFor={`${id}role`}>
          岗位
          <Select
            id={`${id}role`}
            style={{ minWidth: '14rem' }}
            autoFocus
            value={role}
            showSearch={{ optionFilterProp: 'label' }}
            options={(roles.data?.items ?? []).map((r) => ({ value: r.role, label: r.title }))}
            onChange={(r) => {
              setRole(r)
              setRegion(undefined)
            }}
          />
        </label>
        <label htmlFor={`${id}region`}>
          区划
          <Select id={`${id}region`} style={{ minWidth: '12rem' }} value={region} disabled={!of} showSearch={{ optionFilterProp: 'label' }} options={areas.filter((x) => of?.levels.includes(x.value.length))} onChange={setRegion} />
        </label>
        <Link className="underlined" to="/roles" search={{ role }} target="_blank">
          {of ? `“${of.title}”能办什么、看到什么` : '各岗位能办什么、看到什么'}
        </Link>
        {of?.of_dept && (
          <label htmlFor={`${id}dept`}>
            部门
            <Select id={`${id}dept`} style={{ minWidth: '10rem' }} value={dept} showSearch={{ optionFilterProp: 'label' }} options={(roles.data?.depts ?? []).map((d) => ({ value: d.code, label: d.title }))} onChange={setDept} />
          </label>
        )}
        {of?.of_household && (
          <label htmlFor={`${id}household`}>
            户编号
            <Input id={`${id}household`} value={household} maxLength={64} autoComplete="off" onChange={(e) => setHousehold(e.target.value)} />
          </label>
        )}
        {of?.of_group && (
          <label htmlFor={`${id}group`}>
            村民小组
            <Input id={`${id}group`} value={group} maxLength={50} placeholder="与户登记中的写法一致" onChange={(e) => setGroup(e.target.value)} />
          </label>
        )}
        <label htmlFor={`${id}from`}>
          第一天
          <DateInput id={`${id}from`} value={from} onChange={setFrom} />
        </label>
        <label htmlFor={`${id}until`}>
          最后一天（不填为长期）
          <DateInput id={`${id}until`} value={until} onChange={setUntil} />
        </label>
        <label className="wide" htmlFor={`${id}basis`}>
          依据
          <Input id={`${id}basis`} value={basis} maxLength={200} placeholder="如任命文件号" onChange={(e) => setBasis(e.target.value)} />
        </label>
      </div>
      {of?.administers && <p className="muted">管理员岗位提出后由系统管理员批准，不能与其他岗位兼任。</p>}
      <Faults list={faults} />
      <div className="form-foot">
        <Button type="primary" loading={busy} disabled={!fine} onClick={grant} title={fine ? undefined : '请先填写岗位、区划、第一天和依据'}>
          {of?.administers ? '提出申请' : '授予'}
        </Button>
        <Button onClick={onClose}>返回</Button>
      </div>
    </section>
  )
}
