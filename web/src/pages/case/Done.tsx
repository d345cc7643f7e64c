import { useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { useEffect, useRef } from 'react'
import type { FireReply, Flow } from '../../api/types'
import { Deadline } from '../../components/Deadline'
import { LinkButton } from '../../components/LinkButton'
import { useKeysOn, useShortcut } from '../../lib/keys'

interface Props {
  reply: FireReply
  flow?: Flow
  onStay: () => void
}

/** What was done, what happens next and by whom, and the way to the next task. */
export function Done({ reply, flow, onStay }: Props) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const { case: after, next_task: next, next_reason: why, counts } = reply
  const navigate = useNavigate()
  const keys = useKeysOn()
  const goOn = () => {
    onStay()
    if (next) void navigate({ to: '/cases/$id', params: { id: next.case_id }, search: {} })
  }
  useShortcut('n', '办理下一件', goOn, next !== undefined)
  const todo = flow?.nodes.find((n) => n.code === after.state)?.todo ?? []
  return (
    <section className="panel success" role="status">
      <h2 ref={title} tabIndex={-1}>
        办理成功：{reply.reply.event_title ?? '已记录'}
      </h2>
      <p className="gap">
        {after.final ? `本事项已办结：${after.state_title}。` : `现在进入“${after.state_title}”${todo.length > 0 ? `，由${todo.map((r) => r.title).join('、')}办理` : ''}。`}{' '}
        {!after.final && after.due_at && <Deadline due={after.due_at} title={after.due_clock} />}
      </p>
      {next && why && (
        <p className="gap" id="next-why">
          下一件 <span className="tag info">{why}</span>
          {keys && (
            <span className="muted">
              {' '}
              按 <kbd className="key">N</kbd> 接着办
            </span>
          )}
        </p>
      )}
      <div className="acts">
        {next ? (
          <LinkButton to="/cases/$id" params={{ id: next.case_id }} search={{}} onClick={onStay} color="primary" variant="solid" size="large" aria-keyshortcuts={keys ? 'N' : undefined} aria-describedby={why ? 'next-why' : undefined}>
            办理下一件：{next.title}
          </LinkButton>
        ) : (
          <span>您的待办已全部办完。</span>
        )}
        <LinkButton to="/" size="large">
          返回待办（{counts.all}）
        </LinkButton>
        <Button size="large" type="text" onClick={onStay}>
          留在本页
        </Button>
      </div>
    </section>
  )
}
