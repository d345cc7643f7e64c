import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import { opinionsQuery } from '../../api/desk'
import { describe } from '../../api/problem'
import { asWritten } from '../../i18n/tr'
import { Dialog } from '../Dialog'

/** Opinions that everybody writes. Reasons for a return or refusal have none: they must say what this case lacks. */
const phrases = asWritten(['情况属实，材料齐全，程序规范，同意。', '经研究，同意上报。', '同意。'])

const MOST = 20
const LONGEST = 500

/** 常用意见: my own before those that everybody writes; what stands in the field can be kept for the next time. */
export function UsualOpinions({ value, onChange }: { value?: string; onChange?: (value: string) => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const mine = useQuery(opinionsQuery)
  const [editing, setEditing] = useState(false)
  const own = mine.data?.items ?? []
  const now = value?.trim() ?? ''
  const keep = useMutation({
    mutationFn: (items: string[]) => unwrap(api.PUT('/me/opinions', { body: { items } })),
    onSuccess: (saved) => client.setQueryData(opinionsQuery.queryKey, saved),
    onError: (err) => message.error(describe(err)),
  })
  const known = own.includes(now) || phrases.includes(now)
  return (
    <div className="phrases" aria-label="常用意见" role="group">
      {[...own, ...phrases.filter((p) => !own.includes(p))].map((p) => (
        <button key={p} type="button" className="phrase" onClick={() => onChange?.(p)}>
          {p}
        </button>
      ))}
      {mine.data && now !== '' && !known && now.length <= LONGEST && own.length < MOST && (
        <Button size="small" loading={keep.isPending} onClick={() => keep.mutate([now, ...own])}>
          存为常用意见
        </Button>
      )}
      {own.length > 0 && (
        <Button size="small" type="link" onClick={() => setEditing(true)}>
          管理
        </Button>
      )}
      {editing && (
        <Dialog title="我的常用意见" onClose={() => setEditing(false)}>
          <ul className="desk-lines">
            {own.map((p) => (
              <li key={p}>
                <span className="desk-name">{p}</span>
                <Button size="small" disabled={keep.isPending} aria-label={`删除常用意见：${p}`} onClick={() => keep.mutate(own.filter((o) => o !== p))}>
                  删除
                </Button>
              </li>
            ))}
            {own.length === 0 && <li>已全部删除。</li>}
          </ul>
        </Dialog>
      )}
    </div>
  )
}
