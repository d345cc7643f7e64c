import { DownOutlined, UserOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { App } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { api, unwrap } from '../api/client'
import { ApiError, describe } from '../api/problem'
import type { Me } from '../api/types'
import { forgetDraftKey } from '../api/draftkey'
import { otherLanguage } from '../i18n/language'
import { clearAllDrafts } from '../lib/draft'
import { setTextSize, useTextSize } from '../lib/textsize'
import { sizes, type TextSize } from '../theme'
import { CalendarLink } from './CalendarLink'
import { showKeySheet } from './Keyboard'

const sizeTitles: Record<TextSize, string> = { standard: '标准', large: '大', huge: '特大' }

/** Who is signed in, the posts held, the text size, and the way out. */
export function AccountMenu({ me }: { me: Me }) {
  const size = useTextSize()
  const signOut = useSignOut()
  const box = useCloseOutside()
  const [calendar, setCalendar] = useState(false)
  const other = otherLanguage()
  return (
    <>
      <details className="account" ref={box}>
        <summary>
          <UserOutlined aria-hidden /> {me.user.name} <DownOutlined className="account-mark" aria-hidden />
        </summary>
        <div className="account-box">
          <p className="muted">岗位</p>
          <ul>
            {me.grants.map((g) => (
              <li key={g.region_code + g.role + (g.dept ?? '')}>
                {g.region_name} · {g.role_title}
              </li>
            ))}
          </ul>
          <p className="muted" id="text-size">
            字号
          </p>
          <div role="group" aria-labelledby="text-size" className="account-sizes">
            {(Object.keys(sizes) as TextSize[]).map((s) => (
              <button key={s} type="button" aria-pressed={s === size} onClick={() => setTextSize(s)}>
                {sizeTitles[s]}
              </button>
            ))}
          </div>
          <Link to="/account" onClick={() => box.current?.removeAttribute('open')}>
            账号安全
          </Link>
          <Link to="/exports" onClick={() => box.current?.removeAttribute('open')}>
            我的导出
          </Link>
          <a href="/m/">手机入户</a>
          <button type="button" onClick={() => setCalendar(true)}>
            日历订阅
          </button>
          <button type="button" onClick={showKeySheet}>
            快捷键
          </button>
          <button type="button" lang={other.lang} onClick={other.choose}>
            {other.name}
          </button>
          <button type="button" className="account-out" onClick={() => void signOut()}>
            退出登录
          </button>
        </div>
      </details>
      {calendar && <CalendarLink onClose={() => setCalendar(false)} />}
    </>
  )
}

/** Closes the menu on Escape and on a click elsewhere. */
function useCloseOutside() {
  const box = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (e: Event) => {
      const el = box.current
      if (!el?.open) return
      const escape = e instanceof KeyboardEvent && e.key === 'Escape'
      if (escape || (e.type === 'pointerdown' && !el.contains(e.target as Node))) el.open = false
      if (escape) el.querySelector('summary')?.focus()
    }
    document.addEventListener('pointerdown', close)
    document.addEventListener('keydown', close)
    return () => {
      document.removeEventListener('pointerdown', close)
      document.removeEventListener('keydown', close)
    }
  }, [])
  return box
}

/** Ends the session, removes the drafts of this device and all that was fetched. */
function useSignOut() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { message } = App.useApp()
  return async () => {
    try {
      await unwrap(api.DELETE('/session'))
    } catch (err) {
      // A session that has already ended is an end as well.
      if (!(err instanceof ApiError && err.status === 401)) {
        void message.error(describe(err))
        return
      }
    }
    clearAllDrafts()
    forgetDraftKey()
    // What the phone page has taken along on this device goes too.
    const phone = await import('../m/store')
    if (phone.canKeep()) await phone.forget()
    client.clear()
    await navigate({ to: '/login', search: {} })
  }
}
