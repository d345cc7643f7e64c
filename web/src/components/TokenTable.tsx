import { Button } from 'antd'
import type { TokenList } from '../api/types'
import { formatDate, formatTime } from '../lib/dates'

/** What programs may do in somebody's name: each token with what it opens, and, for its owner, how to stop it. */
export function TokenTable({ list, onRevoke }: { list: TokenList; onRevoke?: (id: string) => void }) {
  if (list.items.length === 0) return <p className="muted gap">没有接口令牌。</p>
  const title = (code: string) => list.scopes.find((s) => s.code === code)?.title ?? code
  return (
    <table className="list gap">
      <thead>
        <tr>
          <th scope="col">用途</th>
          <th scope="col">范围</th>
          <th scope="col">期限</th>
          <th scope="col">最近使用</th>
          <th scope="col">{onRevoke ? '操作' : '状态'}</th>
        </tr>
      </thead>
      <tbody>
        {list.items.map((t) => (
          <tr key={t.id}>
            <td>{t.name}</td>
            <td data-label="范围">{t.scopes.map(title).join('；')}</td>
            <td data-label="期限" className="num">
              {formatDate(t.created_at)} 至 {formatDate(t.expires_at)}
            </td>
            <td data-label="最近使用" className="num">
              {t.used_at ? formatTime(t.used_at) : '从未使用'}
            </td>
            <td className="row-acts">
              {t.over ? (
                <span className="tag normal">{t.revoked_at ? '已停用' : '已过期'}</span>
              ) : onRevoke ? (
                <Button danger aria-label={`停用 ${t.name}`} onClick={() => onRevoke(t.id)}>
                  停用
                </Button>
              ) : (
                <span className="tag info">有效</span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
