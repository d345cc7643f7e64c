import { Alert } from 'antd'

/** What was wrong with an act, in words. */
export function Faults({ list }: { list: string[] }) {
  if (list.length === 0) return null
  return <Alert className="gap" type="error" showIcon role="alert" title={list[0]} description={list.length > 1 ? list.slice(1).join('；') : undefined} />
}
