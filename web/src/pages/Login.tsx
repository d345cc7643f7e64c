import { LockOutlined, UserOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { meQuery } from '../api/queries'
import { useTitle } from '../lib/hooks'

const route = getRouteApi('/login')

/** Only addresses of this application; anything else leads to the inbox. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/'
}

/** 登录. */
export function Login() {
  useTitle('登录')
  const { next } = route.useSearch()
  const router = useRouter()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState('')

  const signIn = async (body: { login: string; password: string }) => {
    setBusy(true)
    setFault('')
    try {
      const me = await unwrap(api.POST('/session', { body }))
      client.clear()
      client.setQueryData(meQuery.queryKey, me)
      router.history.push(safeNext(next))
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
        </Form>
        <p className="login-note">本系统载有农户个人信息，仅供工作使用。查询和办理均留有记录，离开时请退出登录。</p>
      </main>
    </div>
  )
}
