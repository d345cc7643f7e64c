import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Alert, Button, Input, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../api/client'
import { type AccountFilter, accountsQuery, rolesQuery } from '../api/queries'
import type { Account, AccountInput, NewAccount } from '../api/types'
import { Faults } from '../components/Faults'
import { useAreas, VillageSelect } from '../components/Filters'
import { HealthNotice } from '../components/HealthNotice'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useAct } from '../lib/act'
import { useTitle } from '../lib/hooks'

const route = getRouteApi('/staff/accounts')

/** 账号岗位: the accounts of the area and the posts they hold. */
export function Accounts() {
  useTitle('账号岗位')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const pages = usePages(filter)
  const accounts = useQuery(accountsQuery(filter, pages.cursor))
  const [adding, setAdding] = useState(false)
  const narrow = (more: AccountFilter) => void navigate({ search: (old) => ({ ...old, ...more }), replace: true })
  return (
    <div className="page">
      <div className="page-head">
        <h1>账号岗位</h1>
        <span className="muted">账号由系统管理员建立，岗位由安全管理员授予，全部操作记录备查</span>
      </div>
      <HealthNotice />
      {adding ? (
        <NewAccountForm onClose={() => setAdding(false)} />
      ) : (
        accounts.data?.can_create && (
          <p className="gap">
            <Button type="primary" size="large" onClick={() => setAdding(true)}>
              新建账号
            </Button>
          </p>
        )
      )}
      <AccountFilters key={filter.q} filter={filter} onChange={narrow} />
      <Loaded query={accounts}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有符合条件的账号">请放宽条件；还没有建立的，由系统管理员新建。</Nothing>
          ) : (
            <>
              <AccountTable items={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function AccountFilters({ filter, onChange }: { filter: AccountFilter; onChange: (more: AccountFilter) => void }) {
  const roles = useQuery(rolesQuery)
  const id = useId()
  return (
    <div className="filters">
      <label className="wide" htmlFor={`${id}q`}>
        用户名或姓名
        <Input.Search id={`${id}q`} allowClear defaultValue={filter.q} maxLength={50} placeholder="开头几个字" onSearch={(q) => onChange({ q: q || undefined })} />
      </label>
      <VillageSelect label="岗位所在地" value={filter.region} onChange={(region) => onChange({ region })} />
      <label htmlFor={`${id}role`}>
        岗位
        <Select
          id={`${id}role`}
          style={{ minWidth: '12rem' }}
          value={filter.role ?? ''}
          showSearch={{ optionFilterProp: 'label' }}
          options={[{ value: '', label: '全部' }, ...(roles.data?.items ?? []).map((r) => ({ value: r.role, label: r.title }))]}
          onChange={(role) => onChange({ role: role || undefined })}
        />
      </label>
      <label htmlFor={`${id}disabled`}>
        情况
        <Select
          id={`${id}disabled`}
          style={{ minWidth: '8rem' }}
          value={filter.disabled === undefined ? '' : filter.disabled ? 'off' : 'on'}
          options={[
            { value: '', label: '全部' },
            { value: 'on', label: '在用' },
            { value: 'off', label: '已停用' },
          ]}
          onChange={(v) => onChange({ disabled: v ? v === 'off' : undefined })}
        />
      </label>
      <Link className="underlined" to="/roles" search={{ role: filter.role }}>
        岗位权限
      </Link>
    </div>
  )
}

export function AccountTable({ items }: { items: Account[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">账号</th>
          <th scope="col">现有岗位</th>
          <th scope="col">状态</th>
        </tr>
      </thead>
      <tbody>
        {items.map((a) => (
          <tr key={a.id} data-account={a.id}>
            <td>
              <Link to="/accounts/$id" params={{ id: a.id }}>
                <strong>{a.name}</strong>
              </Link>
              {a.mine && '（本人）'}
              <div className="small">{a.login}</div>
            </td>
            <td data-label="现有岗位">
              {a.grants
                .filter((g) => g.state !== 'over')
                .map((g) => (
                  <div key={g.id}>
                    {g.region_name} · {[g.dept_title, g.role_title].filter(Boolean).join(' · ')}
                    {g.state === 'later' && <span className="small">（{g.from} 起）</span>}
                    {g.until && <span className="small">（至 {g.until}）</span>}
                  </div>
                ))}
              {a.grants.every((g) => g.state === 'over') && <span className="muted">没有有效的岗位，不能登录</span>}
            </td>
            <td data-label="状态">
              <span className={`tag ${a.disabled ? 'near' : 'normal'}`}>{a.disabled ? '已停用' : '正常'}</span>
              {a.requests.length > 0 && <div className="small">有申请等待批准</div>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** 新建账号: a name and where it is kept; the password is shown once. */
function NewAccountForm({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const areas = useAreas()
  const id = useId()
  const { act, busy, faults } = useAct()
  const [login, setLogin] = useState('')
  const [name, setName] = useState('')
  const [region, setRegion] = useState<string>()
  const [made, setMade] = useState<NewAccount>()
  const ready = login.trim() !== '' && name.trim() !== '' && region !== undefined
  const create = () => {
    if (!region) return
    const body: AccountInput = { login: login.trim(), name: name.trim(), region_code: region }
    void act(body, (key) => unwrap(api.POST('/accounts', { params: { header: { 'Idempotency-Key': key } }, body })), async (answer) => {
      setMade(answer)
      await client.invalidateQueries({ queryKey: ['accounts'] })
    })
  }
  if (made) {
    return (
      <section className="panel" aria-label="新建账号">
        <h2>已建立账号 {made.account.login}</h2>
        {made.initial_password ? (
          <Alert className="gap" type="success" showIcon title={<>初始口令：<strong className="num">{made.initial_password}</strong></>} description="只显示这一次，请当面或另行告知本人。安全管理员授予岗位后方可登录。" />
        ) : (
          <p className="gap">初始口令已显示过，不再显示；遗失的请重设。</p>
        )}
        <div className="form-foot">
          <Button onClick={onClose}>完成</Button>
        </div>
      </section>
    )
  }
  return (
    <section className="panel" aria-label="新建账号">
      <h2>新建账号</h2>
      <div className="filters">
        <label htmlFor={`${id}login`}>
          用户名（字母、数字）
          <Input id={`${id}login`} value={login} autoFocus maxLength={32} autoComplete="off" onChange={(e) => setLogin(e.target.value)} />
        </label>
        <label htmlFor={`${id}name`}>
          姓名
          <Input id={`${id}name`} value={name} maxLength={50} autoComplete="off" onChange={(e) => setName(e.target.value)} />
        </label>
        <label htmlFor={`${id}region`}>
          所在区划
          <Select id={`${id}region`} style={{ minWidth: '12rem' }} value={region} showSearch={{ optionFilterProp: 'label' }} options={areas} onChange={setRegion} />
        </label>
      </div>
      <Faults list={faults} />
      <div className="form-foot">
        <Button type="primary" loading={busy} disabled={!ready} onClick={create}>
          建立账号
        </Button>
        <Button onClick={onClose}>返回</Button>
      </div>
    </section>
  )
}
