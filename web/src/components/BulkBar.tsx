import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { submit } from '../api/submit'
import type { BulkReply, Task } from '../api/types'
import { KeyKeeper } from '../lib/idempotency'
import { Dialog } from './Dialog'
import { counted } from './Pager'

type Action = 'claim' | 'release'

/** What can be done with several tasks at once; each has its own result. */
export function BulkBar({ tasks, total = 0, onAll, onDone }: { tasks: Task[]; total?: number; onAll?: () => void; onDone: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const keeper = useRef(new KeyKeeper())
  const [reply, setReply] = useState<BulkReply>()
  const act = useMutation({
    mutationFn: (action: Action) => {
      const body = { action, task_ids: tasks.map((t) => t.id) }
      return submit(keeper.current, body, (key) => unwrap(api.POST('/tasks/bulk', { params: { header: { 'Idempotency-Key': key } }, body })))
    },
    onSuccess: setReply,
    onError: (err) => message.error(describe(err)),
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  })
  const close = () => {
    setReply(undefined)
    onDone()
  }
  return (
    <div className="bulk" role="region" aria-label="批量操作">
      <span>已选 {tasks.length} 件</span>
      <Button loading={act.isPending && act.variables === 'claim'} onClick={() => act.mutate('claim')}>
        批量领取
      </Button>
      <Button loading={act.isPending && act.variables === 'release'} onClick={() => act.mutate('release')}>
        批量退回待领
      </Button>
      {onAll && total > tasks.length && (
        <Button type="link" onClick={onAll}>
          选择全部 {counted(total)}（按当前筛选）
        </Button>
      )}
      <Button type="link" onClick={onDone}>
        取消选择
      </Button>
      {reply && (
        <Dialog title="批量办理结果" closeText="知道了" onClose={close}>
          <BulkResults reply={reply} titles={new Map(tasks.map((t) => [t.id, t.title]))} />
        </Dialog>
      )}
    </div>
  )
}

/** What came of each. */
export function BulkResults({ reply, titles }: { reply: BulkReply; titles: Map<string, string> }) {
  return (
    <>
      <p>
        成功 {reply.done} 件，未成功 {reply.failed} 件。
      </p>
      <ul className="results">
        {reply.results.map((r) => (
          <li key={r.task_id}>
            <span className={`tag ${r.ok ? 'normal' : 'over'}`}>{r.ok ? '成功' : '未成功'}</span>
            <span>
              {titles.get(r.task_id) ?? r.task_id}
              {!r.ok && `：${r.message ?? '原因未知'}`}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
