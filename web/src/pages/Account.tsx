import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Checkbox, Form, Input } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { devicesQuery, meQuery, securityQuery, tokensQuery } from '../api/queries'
import type { AccountSecurity, SignedInDevice, TokenList } from '../api/types'
import { Dialog } from '../components/Dialog'
import { Loaded } from '../components/PageState'
import { PasswordForm } from '../components/PasswordForm'
import { CodeForm, Enrol, RecoveryCodes, useAct } from '../components/SecondFactor'
import { TokenTable } from '../components/TokenTable'
import { agentWords } from '../lib/agent'
import { formatDate, formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'

/** 账号安全: one's password, second factor, devices and tokens. */
export function AccountPage() {
  useTitle('账号安全')
  const security = useQuery(securityQuery)
  const devices = useQuery(devicesQuery)
  const tokens = useQuery(tokensQuery)
  return (
    <div className="page">
      <div className="page-head">
        <h1>账号安全</h1>
      </div>
      <Loaded query={security}>
        {(s) => (
          <>
            <Password security={s} />
            <Factor security={s} />
          </>
        )}
      </Loaded>
      <Loaded query={devices}>{(d) => <Devices items={d.items} />}</Loaded>
      <Loaded query={tokens}>{(t) => <Tokens list={t} />}</Loaded>
    </div>
  )
}

/** Asks for everything about the account anew: a change of it renews the session. */
function useRenew() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: meQuery.queryKey })
}

function Password({ security: s }: { security: AccountSecurity }) {
  const [changing, setChanging] = useState(false)
  const { message } = App.useApp()
  const renew = useRenew()
  return (
    <section className="panel" aria-label="口令">
      <h2>口令</h2>
      <p className="gap">
        设置于 {formatDate(s.password_set_at)}
        {s.password_expires_at && `，${formatDate(s.password_expires_at)} 到期，须更换`}。
      </p>
      {changing ? (
        <PasswordForm
          rules={s.password_rules}
          onDone={() => {
            setChanging(false)
            void message.success('口令已更换，其他设备上的登录已退出')
            void renew()
          }}
        />
      ) : (
        <Button onClick={() => setChanging(true)}>更换口令</Button>
      )}
    </section>
  )
}

type FactorAct = 'enrol' | 'codes' | 'remove'

function Factor({ security: s }: { security: AccountSecurity }) {
  const [doing, setDoing] = useState<FactorAct>()
  const [codes, setCodes] = useState<string[]>()
  const { busy, fault, act } = useAct()
  const renew = useRenew()
  const done = () => {
    setDoing(undefined)
    void renew()
  }
  const submit = (code: string) =>
    void act(async () => {
      if (doing === 'codes') setCodes((await unwrap(api.POST('/me/second-factor/codes', { body: { code } }))).recovery_codes)
      else await unwrap(api.POST('/me/second-factor/remove', { body: { code } }))
      done()
    })
  return (
    <section className="panel" aria-label="第二因素">
      <h2>第二因素</h2>
      <p className="gap">
        {s.second_factor
          ? `登录时除口令外须输入验证器上的数字，登记于 ${formatDate(s.second_factor_since)}，还有 ${s.recovery_codes_left} 个备用码。`
          : '没有登记。登记后，登录时除口令外须输入手机验证器上的数字，他人得知口令也不能登录。'}
        {s.second_factor_required && '您的岗位必须使用。'}
      </p>
      {codes && <RecoveryCodes codes={codes} />}
      {doing === 'enrol' && <Enrol askPassword onDone={done} />}
      {(doing === 'codes' || doing === 'remove') && (
        <CodeForm label={doing === 'codes' ? '验证器上的数字' : '验证器上的数字，或一个备用码'} okText={doing === 'codes' ? '换一组备用码' : '停用第二因素'} busy={busy} fault={fault} onCode={submit} />
      )}
      {!doing && (
        <div className="acts">
          {!s.second_factor && <Button onClick={() => setDoing('enrol')}>登记验证器</Button>}
          {s.second_factor && <Button onClick={() => setDoing('codes')}>换一组备用码</Button>}
          {s.second_factor && !s.second_factor_required && (
            <Button danger onClick={() => setDoing('remove')}>
              停用
            </Button>
          )}
        </div>
      )}
    </section>
  )
}

function Devices({ items }: { items: SignedInDevice[] }) {
  const renew = useRenew()
  const { message } = App.useApp()
  const end = useMutation({
    mutationFn: (id?: string) => (id ? unwrap(api.DELETE('/me/sessions/{id}', { params: { path: { id } } })) : unwrap(api.DELETE('/me/sessions'))),
    onSuccess: () => void message.success('已退出'),
    onError: (err) => void message.error(describe(err)),
    onSettled: renew,
  })
  return (
    <section className="panel" aria-label="登录着的设备">
      <h2>登录着的设备</h2>
      <table className="list gap">
        <thead>
          <tr>
            <th scope="col">设备</th>
            <th scope="col">地址</th>
            <th scope="col">登录</th>
            <th scope="col">最近使用</th>
            <th scope="col">操作</th>
          </tr>
        </thead>
        <tbody>
          {items.map((d) => (
            <tr key={d.id}>
              <td>
                <span title={d.agent}>{agentWords(d.agent)}</span> {d.via === 'oidc' && <span className="tag normal">统一身份认证</span>} {d.current && <span className="tag info">本机</span>}
              </td>
              <td data-label="地址" className="num">
                {d.ip}
              </td>
              <td data-label="登录" className="num">
                {formatTime(d.created_at)}
              </td>
              <td data-label="最近使用" className="num">
                {formatTime(d.seen_at)}
              </td>
              <td className="row-acts">
                {!d.current && (
                  <Button loading={end.isPending && end.variables === d.id} aria-label={`退出 ${agentWords(d.agent)}，${formatTime(d.created_at)} 登录`} onClick={() => end.mutate(d.id)}>
                    退出
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.length > 1 && (
        <Button danger onClick={() => end.mutate(undefined)}>
          退出其他全部设备
        </Button>
      )}
    </section>
  )
}

function Tokens({ list }: { list: TokenList }) {
  const renew = useRenew()
  const { message } = App.useApp()
  const [making, setMaking] = useState(false)
  const revoke = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/me/tokens/{id}', { params: { path: { id } } })),
    onSuccess: () => void message.success('已停用'),
    onError: (err) => void message.error(describe(err)),
    onSettled: renew,
  })
  return (
    <section className="panel" aria-label="接口令牌">
      <h2>接口令牌</h2>
      <p className="gap">供其他系统的程序以您的名义读写数据，不超出您的岗位和所选范围；岗位结束，令牌随之失效。</p>
      <TokenTable list={list} onRevoke={(id) => revoke.mutate(id)} />
      <Button onClick={() => setMaking(true)}>生成接口令牌</Button>
      {making && <MakeToken list={list} onClose={() => setMaking(false)} />}
    </section>
  )
}

interface TokenForm {
  name: string
  scopes: string[]
  days: string
  password: string
}

function MakeToken({ list, onClose }: { list: TokenList; onClose: () => void }) {
  const [form] = Form.useForm<TokenForm>()
  const { busy, fault, act } = useAct()
  const [token, setToken] = useState('')
  const renew = useRenew()
  const make = (v: TokenForm) =>
    void act(async () => {
      const made = await unwrap(api.POST('/me/tokens', { body: { name: v.name, scopes: v.scopes, days: Number(v.days), password: v.password } }))
      setToken(made.token)
      void renew()
    })
  if (token) {
    return (
      <Dialog title="接口令牌" onClose={onClose}>
        <Alert type="success" showIcon title="令牌只显示这一次" description="请交给使用它的系统保管。得到令牌的人都能以您的名义使用，外泄时请立即停用。" />
        <Input aria-label="令牌" readOnly value={token} onFocus={(e) => e.target.select()} />
      </Dialog>
    )
  }
  return (
    <Dialog title="生成接口令牌" okText="生成" busy={busy} onOk={() => form.submit()} onClose={onClose}>
      {fault && <Alert className="gap" type="error" showIcon title={fault} role="alert" />}
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ days: '90' }} onFinish={make}>
        <Form.Item name="name" label="用途" rules={[{ required: true, message: '请写明用在哪里' }]}>
          <Input maxLength={60} placeholder="如：县级数据平台" />
        </Form.Item>
        <Form.Item name="scopes" label="范围" rules={[{ required: true, message: '请至少选一项' }]}>
          <Checkbox.Group className="choices" options={list.scopes.map((s) => ({ value: s.code, label: s.title }))} />
        </Form.Item>
        <Form.Item name="days" label="有效天数" rules={[{ required: true, message: '请填写天数' }, { pattern: /^([1-9]\d?|[12]\d\d|3[0-5]\d|36[0-5])$/, message: '1 至 365 天' }]}>
          <Input inputMode="numeric" maxLength={3} />
        </Form.Item>
        <Form.Item name="password" label="现在的口令" rules={[{ required: true, message: '请输入现在的口令' }]}>
          <Input.Password autoComplete="current-password" maxLength={200} />
        </Form.Item>
      </Form>
    </Dialog>
  )
}
