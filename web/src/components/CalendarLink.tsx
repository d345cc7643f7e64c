import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input, type InputRef } from 'antd'
import { useRef } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { calendarLinkQuery } from '../api/queries'
import { formatTime } from '../lib/dates'
import { Dialog } from './Dialog'
import { Loaded } from './PageState'

/** 日历订阅: the private address at which a calendar program fetches one's deadlines. */
export function CalendarLink({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const link = useQuery(calendarLinkQuery)
  const refresh = () => client.invalidateQueries({ queryKey: calendarLinkQuery.queryKey })
  const make = useMutation({ mutationFn: () => unwrap(api.POST('/me/calendar')), gcTime: 0, onSettled: refresh })
  const revoke = useMutation({
    mutationFn: () => unwrap(api.DELETE('/me/calendar')),
    onSuccess: () => make.reset(),
    onSettled: refresh,
  })
  const exists = link.data?.exists
  const failed = make.error ?? revoke.error
  return (
    <Dialog title="日历订阅" onClose={onClose} okText={link.data && (exists ? '重新生成链接' : '生成链接')} busy={make.isPending} onOk={() => make.mutate()}>
      <p>手机或电脑上的日历软件可用私人链接订阅您的待办期限，到期前一天提醒。日历里只有程序、状态、事项编号和村名，没有任何人的姓名。</p>
      <Loaded query={link}>
        {(l) =>
          l.exists ? (
            <p className="muted">
              链接生成于 {formatTime(l.created_at)}，{l.fetched_at ? `最近读取于 ${formatTime(l.fetched_at)}` : '尚未被读取'}。重新生成后，原链接即刻失效。
            </p>
          ) : (
            <p className="muted">目前没有链接。</p>
          )
        }
      </Loaded>
      {make.data && <Fresh address={location.origin + make.data.path} />}
      {exists && (
        <div>
          <Button danger loading={revoke.isPending} onClick={() => revoke.mutate()}>
            停用链接
          </Button>
        </div>
      )}
      {failed && <Alert type="error" showIcon title={describe(failed)} role="alert" />}
    </Dialog>
  )
}

/** The new address, which is not shown again. */
function Fresh({ address }: { address: string }) {
  const { message } = App.useApp()
  const box = useRef<InputRef>(null)
  const copy = async () => {
    box.current?.select()
    try {
      // Over plain HTTP browsers have no clipboard; what is selected can be copied still.
      if (navigator.clipboard) await navigator.clipboard.writeText(address)
      else if (!document.execCommand('copy')) throw new Error('not copied')
      message.success('链接已复制')
    } catch {
      message.info('请按 Ctrl+C 或长按复制选中的链接')
    }
  }
  return (
    <>
      <Alert type="success" showIcon title="链接只显示这一次" description="请复制到日历软件的“订阅日历”中。得到链接的人都能看到您的期限，请勿转发；外泄时请重新生成或停用。" />
      <Input ref={box} aria-label="订阅链接" readOnly value={address} onFocus={(e) => e.target.select()} />
      <div>
        <Button onClick={() => void copy()}>复制链接</Button>
      </div>
    </>
  )
}
