import { readDeadline } from '../lib/deadline'
import { useNow } from '../lib/hooks'

interface Props {
  due?: string
  title?: string
  provisional?: boolean
}

/** A deadline as a coloured word and a sentence. */
export function Deadline({ due, title, provisional }: Props) {
  const now = useNow()
  if (!due) return <span className="muted">无时限</span>
  const reading = readDeadline(due, now)
  return (
    <span className={`deadline ${reading.level}`} title={title}>
      <span className={`tag ${reading.level}`}>{reading.word}</span>
      <span className="deadline-text num">
        {title && `${title}：`}
        {reading.text}
        {provisional && '（暂估）'}
      </span>
    </span>
  )
}
