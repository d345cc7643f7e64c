import { useNavigate } from '@tanstack/react-router'
import { App, Button } from 'antd'
import { api, unwrap } from '../../api/client'
import { Faults } from '../../components/Faults'
import { useAttempt } from '../../lib/act'
import { useKeysOn, useShortcut } from '../../lib/keys'

/** Leaves this task for later and goes on to the next one, saying why it is that one. */
export function Onward({ after }: { after: string }) {
  const { message } = App.useApp()
  const navigate = useNavigate()
  const { attempt, busy, faults } = useAttempt()
  const keys = useKeysOn()
  const goOn = () =>
    void attempt(async () => {
      const { task, reason } = await unwrap(api.GET('/tasks/next', { params: { query: { after } } }))
      if (!task) return void message.info('没有其他待办了')
      void message.info(`下一件：${reason}`)
      await navigate({ to: '/cases/$id', params: { id: task.case_id }, search: {} })
    })
  useShortcut('n', '先放一放，看下一件', goOn)
  return (
    <>
      <Button size="large" type="text" loading={busy} aria-keyshortcuts={keys ? 'N' : undefined} onClick={goOn}>
        先放一放，看下一件
      </Button>
      <Faults list={faults} />
    </>
  )
}
