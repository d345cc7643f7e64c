import { DownOutlined, UserOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { App, Button, Dropdown, type MenuProps } from 'antd'
import { api, unwrap } from '../api/client'
import { ApiError, describe } from '../api/problem'
import type { Me } from '../api/types'
import { clearAllDrafts } from '../lib/draft'
import { setTextSize, useTextSize } from '../lib/textsize'
import type { TextSize } from '../theme'

const sizeTitles: Record<TextSize, string> = { standard: '标准', large: '大', huge: '特大' }

/** Who is signed in, the posts held, the text size, and the way out. */
export function AccountMenu({ me }: { me: Me }) {
  const size = useTextSize()
  const signOut = useSignOut()
  const items: MenuProps['items'] = [
    { key: 'posts', type: 'group', label: '岗位', children: me.grants.map((g, i) => ({ key: `g${i}`, label: `${g.region_name} · ${g.role_title}`, disabled: true })) },
    {
      key: 'size',
      type: 'group',
      label: '字号',
      children: (Object.keys(sizeTitles) as TextSize[]).map((s) => ({ key: s, label: `${sizeTitles[s]}${s === size ? '（当前）' : ''}`, onClick: () => setTextSize(s) })),
    },
    { type: 'divider' },
    { key: 'out', label: '退出登录', onClick: () => void signOut() },
  ]
  return (
    <Dropdown menu={{ items }} trigger={['click']}>
      <Button type="text" icon={<UserOutlined />}>
        {me.user.name} <DownOutlined style={{ fontSize: 11 }} aria-hidden />
      </Button>
    </Dropdown>
  )
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
      if (!(err instanceof ApiError && err.status === 401)) return void message.error(describe(err))
    }
    clearAllDrafts()
    client.clear()
    await navigate({ to: '/login', search: {} })
  }
}
