import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Tabs } from 'antd'
import { type AuditFilter, meQuery } from '../api/queries'
import { useTitle } from '../lib/hooks'
import { Engagements } from './audit/Engagements'
import { Patterns } from './audit/Patterns'

const route = getRouteApi('/staff/audit')

/** 审计台: what an auditor may look at, what looks odd in it, and the cases he has drawn. */
export function Audit() {
  useTitle('审计台')
  const me = useQuery(meQuery)
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const narrow = (change: Partial<AuditFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  // An auditor without a valid engagement has a post, and no area.
  const audits = me.data?.grants.some((g) => g.role === 'auditor' && g.region_code !== '') ?? false
  return (
    <div className="page">
      <div className="page-head">
        <h1>审计台</h1>
        <span className="muted">审计人员只在审计任务的日期内、就任务的地区和事项查看</span>
      </div>
      <Tabs
        defaultActiveKey={filter.pattern ? 'patterns' : 'engagements'}
        items={[
          { key: 'engagements', label: '审计任务', children: <Engagements /> },
          ...(audits ? [{ key: 'patterns', label: '疑点筛查', children: <Patterns filter={filter} onNarrow={narrow} /> }] : []),
        ]}
      />
    </div>
  )
}
