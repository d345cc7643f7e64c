import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Alert, Tabs } from 'antd'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { allowedQuery, caseQuery, flowQuery } from '../api/queries'
import type { CaseDetail, FireReply } from '../api/types'
import { Loaded, PageLoading } from '../components/PageState'
import { useTitle } from '../lib/hooks'
import { Acts } from './case/Acts'
import { AttachmentPanel } from './case/AttachmentPanel'
import { CaseHead } from './case/CaseHead'
import { ClockPanel } from './case/ClockPanel'
import { Done } from './case/Done'
import { Endorsements } from './case/Endorsements'
import { FactsPanel } from './case/FactsPanel'
import { FirePanel } from './case/FirePanel'
import { Moved } from './case/Moved'
import { NewVersion } from './case/NewVersion'
import { PresentPolicy } from './case/PresentPolicy'
import { Related } from './case/Related'
import { Supervisions } from './case/Supervisions'
import { TimelinePanel } from './case/TimelinePanel'
import { PapersPanel } from './papers/PapersPanel'

const FlowPanel = lazy(() => import('./case/FlowPanel'))
const Cockpit = lazy(() => import('./campaign/Cockpit'))
const AsOfPanel = lazy(() => import('./case/AsOfPanel'))
const route = getRouteApi('/staff/cases/$id')

/** 案件页: where a case stands, what I may do now, and all that is recorded. */
export function CasePage() {
  const { id } = route.useParams()
  const detail = useQuery(caseQuery(id))
  return (
    <div className="page" key={id}>
      <Loaded query={detail}>{(data) => <Body detail={data} />}</Loaded>
    </div>
  )
}

function Body({ detail }: { detail: CaseDetail }) {
  const { summary } = detail
  const campaign = summary.procedure === 'campaign'
  const { event, village, surveyor, tab = campaign ? 'cockpit' : 'timeline' } = route.useSearch()
  const navigate = route.useNavigate()
  const allowed = useQuery(allowedQuery(summary.id))
  const flow = useQuery(flowQuery(summary.id))
  const [reply, setReply] = useState<FireReply>()
  useTitle(`${summary.household?.head_name ?? ''} ${summary.procedure_title}`)

  const choose = (code?: string) => {
    setReply(undefined)
    void navigate({ search: (old) => ({ ...old, event: code }), replace: !code, resetScroll: false })
  }
  const done = (answer: FireReply) => {
    setReply(answer)
    void navigate({ search: (old) => ({ ...old, event: undefined }), replace: true })
    window.scrollTo({ top: 0 })
  }
  const later = (part: ReactNode) => <Suspense fallback={<PageLoading />}>{part}</Suspense>

  return (
    <>
      {summary.stuck && <Alert className="gap" type="warning" showIcon title="系统推进本事项时受阻，已通知管理员" description={detail.stuck_reason} />}
      <Moved id={summary.id} filling={event !== undefined} />
      <CaseHead detail={detail} flow={flow.data} />
      {reply && <Done reply={reply} flow={flow.data} onStay={() => setReply(undefined)} />}
      <div className="columns">
        <div>
          {event ? (
            <FirePanel key={event} detail={detail} event={event} allowed={allowed} onDone={done} onCancel={() => choose()} />
          ) : (
            <Acts summary={summary} query={allowed} flow={flow.data} task={reply ? undefined : (detail.tasks.find((t) => t.mine) ?? detail.tasks[0])?.id} onChoose={choose} />
          )}
          <section className="panel">
            <Tabs
              activeKey={tab}
              destroyOnHidden
              onChange={(t) => void navigate({ search: (old) => ({ ...old, tab: t }), replace: true, resetScroll: false })}
              items={[
                ...(campaign ? [{ key: 'cockpit', label: '行动进度', children: later(<Cockpit id={summary.id} village={village} surveyor={surveyor} />) }] : []),
                { key: 'timeline', label: '流转记录', children: <TimelinePanel id={summary.id} /> },
                { key: 'flow', label: '流程图', children: later(<FlowPanel id={summary.id} />) },
                { key: 'clocks', label: '期限', children: <ClockPanel id={summary.id} /> },
                { key: 'files', label: `附件（${detail.attachments.length}）`, children: <AttachmentPanel detail={detail} /> },
                { key: 'papers', label: '文书', children: <PapersPanel about={{ case_id: summary.id }} /> },
                { key: 'asof', label: '历史时点', children: later(<AsOfPanel id={summary.id} openedAt={summary.opened_at} />) },
              ]}
            />
          </section>
        </div>
        <aside>
          <Endorsements id={summary.id} query={allowed} />
          <Supervisions notices={detail.supervisions} />
          <FactsPanel facts={detail.facts} />
          <Related detail={detail} />
          <NewVersion summary={summary} />
          <PresentPolicy detail={detail} />
        </aside>
      </div>
    </>
  )
}
