import { LockOutlined, UserOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { meQuery, signInMethodsQuery } from '../api/queries'
import type { HalfSession, Me } from '../api/types'
import { PasswordForm } from '../components/PasswordForm'
import { CodeForm, Enrol, useAct } from '../components/SecondFactor'
import { otherLanguage } from '../i18n/language'
import { useTitle } from '../lib/hooks'

const route = getRouteApi('/login')

/** Only addresses of this application; anything else leads to the desk. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/desk'
}

/** Why signing in with the provider of identities has failed, by the code that it came back with. */
const faults: Record<string, string> = {
  oidc_unreachable: '统一身份认证暂时连不上，请用口令登录或稍后再试',
  oidc_state: '登录已超时，或不是从这里开始的，请再试一次',
  oidc_refused: '统一身份认证没有同意登录',
  oidc_issuer: '认证结果不是来自本系统使用的统一身份认证',
  oidc_failed: '没有得到统一身份认证的确认，请再试一次',
  oidc_unknown: '您的统一身份认证账号还没有关联本系统的账号，请联系账号管理员',
  account_ended: '该账号目前没有有效的岗位，请联系安全管理员',
}

/** 登录. */
export function Login() {
  useTitle('登录')
  const { next, step, fault: came } = route.useSearch()
  const router = useRouter()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState(came ? (faults[came] ?? '登录没有成功，请再试') : '')
  // Who comes back from the provider of identities may have a step left.
  const [half, setHalf] = useState<HalfSession | undefined>(step && { step, password_rules: '' })
  const methods = useQuery(signInMethodsQuery)
  const [password, setPassword] = useState('')
  const other = otherLanguage()

  const enter = (me: Me) => {
    client.clear()
    client.setQueryData(meQuery.queryKey, me)
    const to = safeNext(next)
    // The phone has a page of its own.
    if (to.startsWith('/m/')) location.assign(to)
    else router.history.push(to)
  }
  const goOn = (answer: Me | HalfSession) => ('step' in answer ? setHalf(answer) : enter(answer))
  const signIn = async (body: { login: string; password: string }) => {
    setBusy(true)
    setFault('')
    try {
      setPassword(body.password)
      goOn(await unwrap<Me | HalfSession>(api.POST('/session', { body })))
    } catch (err) {
      setFault(describe(err))
    } finally {
      setBusy(false)
    }
  }

  return (
    <div className="login">
      <main className="login-card">
        <img src="/favicon.svg" alt="" width={52} height={52} />
        <h1>守望</h1>
        <p className="login-sub">防止返贫动态监测和帮扶工作系统</p>
        {half ? (
          <Steps half={half} password={password} onNext={goOn} onBack={() => setHalf(undefined)} />
        ) : (
          <Form layout="vertical" size="large" requiredMark={false} onFinish={(body) => void signIn(body)}>
            {fault && <Alert className="gap" type="error" showIcon title={fault} role="alert" />}
            <Form.Item name="login" label="用户名" rules={[{ required: true, message: '请输入用户名' }]}>
              <Input prefix={<UserOutlined aria-hidden />} autoComplete="username" autoCapitalize="none" maxLength={64} autoFocus />
            </Form.Item>
            <Form.Item name="password" label="口令" rules={[{ required: true, message: '请输入口令' }]}>
              <Input.Password prefix={<LockOutlined aria-hidden />} autoComplete="current-password" maxLength={200} />
            </Form.Item>
            <Button type="primary" htmlType="submit" block loading={busy}>
              登录
            </Button>
            {methods.data?.oidc && (
              <Button className="login-other" block href="/api/v1/session/oidc">
                用{methods.data.oidc}登录
              </Button>
            )}
          </Form>
        )}
        <p className="login-note">本系统载有农户个人信息，仅供工作使用。查询和办理均留有记录，离开时请退出登录。</p>
        <Button type="link" lang={other.lang} onClick={other.choose}>
          {other.name}
        </Button>
      </main>
    </div>
  )
}

interface StepsProps {
  half: HalfSession
  password: string
  onNext: (answer: Me | HalfSession) => void
  onBack: () => void
}

/** What may follow the password: the second factor, its enrolment, another password. */
function Steps({ half, password, onNext, onBack }: StepsProps) {
  const { busy, fault, act } = useAct()
  const prove = (code: string) => void act(async () => onNext(await unwrap<Me | HalfSession>(api.POST('/session/second-factor', { body: { code } }))))
  return (
    <div className="login-step">
      {half.step === 'second_factor' && <CodeForm label="验证器上的 6 位数字，或一个备用码" okText="登录" busy={busy} fault={fault} onCode={prove} />}
      {half.step === 'enrol' && (
        <>
          <p className="gap">您的岗位登录须用第二因素，请先登记手机上的验证器。</p>
          {fault && <Alert className="gap" type="error" showIcon title={fault} role="alert" />}
          <Enrol
            askPassword={false}
            onDone={(c) => (c.step ? onNext({ step: c.step, password_rules: c.password_rules }) : void act(async () => onNext(await unwrap(api.GET('/me')))))}
          />
        </>
      )}
      {half.step === 'password' && (
        <>
          <p className="gap">口令已到期，或是由他人设置的，请更换后继续。</p>
          <PasswordForm rules={half.password_rules} current={password} onDone={onNext} />
        </>
      )}
      <Button type="link" block onClick={onBack}>
        返回重新登录
      </Button>
    </div>
  )
}
