import { useQuery } from '@tanstack/react-query'
import { timelineQuery } from '../../api/queries'
import type { TimelineEntry } from '../../api/types'
import { formatTime } from '../../lib/dates'
import { Checks } from './Checks'

const found = ['open', 'rule_found', 'rule_changed', 'rule_again']

/** The last entry in which a rule has said what it finds. */
export const latestFinding = (items: TimelineEntry[]) => items.filter((e) => found.includes(e.kind) && e.checks && e.checks.length > 0).slice(-1)[0] as TimelineEntry | undefined

/** What the rule of a data issue finds now, beside the form that answers it. */
export function LatestFinding({ id }: { id: string }) {
  const entry = latestFinding(useQuery(timelineQuery(id)).data?.items ?? [])
  if (!entry?.checks) return null
  return (
    <div className="gap">
      <div className="muted">规则发现（{formatTime(entry.at)}）</div>
      <Checks checks={entry.checks} />
    </div>
  )
}
