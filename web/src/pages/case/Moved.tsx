import { useQueryClient } from '@tanstack/react-query'
import { Alert } from 'antd'
import { useEffect, useState } from 'react'
import { meQuery, timelineQuery } from '../../api/queries'
import type { TimelineEntry } from '../../api/types'
import { formatTime } from '../../lib/dates'
import { onChange, touches } from '../../lib/live'

/** Says who has just done something in the case that is open here. What is being typed stays as it is. */
export function Moved({ id, filling }: { id: string; filling: boolean }) {
  const client = useQueryClient()
  const [last, setLast] = useState<TimelineEntry>()
  useEffect(() => {
    // Known is the newest record that the page has shown, or that was there when it was opened.
    let known: number | undefined
    let gone = false
    const look = async (told: boolean) => {
      const [me, timeline] = await Promise.all([client.ensureQueryData(meQuery), client.fetchQuery({ ...timelineQuery(id), staleTime: told ? 0 : Infinity })])
      const entry = timeline.items[timeline.items.length - 1]
      if (!entry || gone) return
      if (told && known !== undefined && entry.seq > known && entry.actor.user_id !== me.user.id) setLast(entry)
      known = entry.seq
    }
    const ask = (told: boolean) => void look(told).catch(() => {}) // the page itself says what cannot be read
    ask(false)
    const end = onChange((change) => touches(change, id) && ask(true))
    return () => {
      gone = true
      end()
    }
  }, [client, id])
  if (!last) return null
  return (
    <Alert
      className="gap"
      type="info"
      showIcon
      role="status"
      closable={{ closeIcon: true, 'aria-label': '知道了', onClose: () => setLast(undefined) }}
      title={`本事项刚有变化：${who(last)}${formatTime(last.at).slice(5)} ${last.title}。${filling ? '您填写的内容没有变动，请核对后再提交。' : '页面已刷新。'}`}
    />
  )
}

function who({ actor }: TimelineEntry): string {
  const name = [actor.name, actor.for_name && `（代${actor.for_name}）`, actor.role_title && actor.role_title !== actor.name && `（${actor.role_title}）`].filter(Boolean).join('')
  return name && `${name} `
}
