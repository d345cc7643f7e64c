import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import type { NewSecondFactor, SecondFactorConfirmed } from '../api/types'
import { save } from '../lib/save'

/** A QR code drawn here, of rows of 0 and 1: its secret goes to no other server. */
export function QR({ rows, title }: { rows: string[]; title: string }) {
  const quiet = 4
  const size = rows.length + 2 * quiet
  const d = rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map((run) => `M${run.index + quiet} ${y + quiet}h${run[0].length}v1h-${run[0].length}z`)).join('')
  return (
    <svg className="qr" role="img" aria-label={title} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={d} fill="#000" />
    </svg>
  )
}

interface CodeProps {
  label: string
  okText: string
  busy: boolean
  fault: string
  onCode: (code: string) => void
}

/** Asks for the six digits of the app, or for a recovery code. */
export function CodeForm({ label, okText, busy, fault, onCode }: CodeProps) {
  return (
    <Form className="small-form" layout="vertical" requiredMark={false} onFinish={({ code }: { code: string }) => onCode(code.trim())}>
      {fault && <Alert className="gap" type="error" showIcon title={fault} role="alert" />}
      <Form.Item name="code" label={label} rules={[{ required: true, message: '请输入验证码' }, { min: 6, message: '验证码是 6 位数字' }]}>
        <Input autoComplete="one-time-code" autoCapitalize="none" maxLength={40} autoFocus />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {okText}
      </Button>
    </Form>
  )
}

/** Runs one request at a time and keeps what went wrong. */
export function useAct() {
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState('')
  const act = async (what: () => Promise<void>) => {
    setBusy(true)
    setFault('')
    try {
      await what()
    } catch (err) {
      setFault(describe(err))
    } finally {
      setBusy(false)
    }
  }
  return { busy, fault, act }
}

interface EnrolProps {
  /** Whether the password must be shown first; not in the middle of signing in. */
  askPassword: boolean
  onDone: (confirmed: SecondFactorConfirmed) => void
}

/** Makes an app on a telephone the second factor: scan, type a code, keep the recovery codes. */
export function Enrol({ askPassword, onDone }: EnrolProps) {
  const { busy, fault, act } = useAct()
  const [made, setMade] = useState<NewSecondFactor>()
  const [confirmed, setConfirmed] = useState<SecondFactorConfirmed>()
  const begin = (password?: string) => void act(async () => setMade(await unwrap(api.POST('/me/second-factor', { body: { password } }))))
  const confirm = (code: string) => void act(async () => setConfirmed(await unwrap(api.POST('/me/second-factor/confirm', { body: { code } }))))
  if (confirmed) {
    return (
      <>
        <RecoveryCodes codes={confirmed.recovery_codes} />
        <Button type="primary" className="small-form" block onClick={() => onDone(confirmed)}>
          已抄下，继续
        </Button>
      </>
    )
  }
  if (made) {
    return (
      <>
        <p className="gap">用手机上的验证器（如各应用商店中的“身份验证器”）扫描，再输入它显示的 6 位数字。</p>
        <QR rows={made.qr} title="验证器的二维码" />
        <p className="small gap">
          不能扫描的，手工输入密钥：<code className="secret">{made.secret.match(/.{1,4}/g)?.join(' ')}</code>
        </p>
        <CodeForm label="验证器上的数字" okText="确认" busy={busy} fault={fault} onCode={confirm} />
      </>
    )
  }
  return (
    <Form className="small-form" layout="vertical" requiredMark={false} onFinish={({ password }: { password?: string }) => begin(password)}>
      {fault && <Alert className="gap" type="error" showIcon title={fault} role="alert" />}
      {askPassword && (
        <Form.Item name="password" label="现在的口令" rules={[{ required: true, message: '请输入现在的口令' }]}>
          <Input.Password autoComplete="current-password" maxLength={200} />
        </Form.Item>
      )}
      <Button type="primary" htmlType="submit" loading={busy} block>
        登记验证器
      </Button>
    </Form>
  )
}

/** The codes on paper, which are not shown again. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  return (
    <>
      <Alert type="warning" showIcon title="备用码只显示这一次" description="手机丢失时，每个备用码可代替验证码登录一次。请抄下或打印，锁好，不要存在这部手机上。" />
      <ul className="recovery">
        {codes.map((c) => (
          <li key={c}>
            <code>{c}</code>
          </li>
        ))}
      </ul>
      <p className="gap">
        <Button onClick={() => save(new Blob([codes.join('\r\n')], { type: 'text/plain' }), '守望备用码.txt')}>存为文本以便打印</Button>
      </p>
    </>
  )
}
