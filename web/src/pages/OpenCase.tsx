import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Alert, App } from 'antd'
import { useMemo } from 'react'
import { api, unwrap } from '../api/client'
import { householdQuery, membersQuery, meQuery, procedureQuery } from '../api/queries'
import type { Answers, FireReply, Household } from '../api/types'
import { EventForm } from '../components/EventForm'
import { Surroundings } from '../components/fields/context'
import { Loaded } from '../components/PageState'
import { useTitle } from '../lib/hooks'

const route = getRouteApi('/staff/households/$id/open/$procedure')

/** 新建: opens a case (a risk clue, an identification) for one household. */
export function OpenCase() {
  const { id, procedure } = route.useParams()
  const household = useQuery(householdQuery(id))
  return <div className="page"><Loaded query={household}>{(h) => <Opening key={`${id} ${procedure}`} household={h} name={procedure} />}</Loaded></div>
}

function Opening({ household, name }: { household: Household; name: string }) {
  const definition = useQuery(procedureQuery(name))
  const me = useQuery(meQuery)
  const members = useQuery(membersQuery(household.id))
  const client = useQueryClient()
  const navigate = route.useNavigate()
  const { message } = App.useApp()
  const surroundings = useMemo(() => ({ members: members.data?.items }), [members.data])
  const title = name === 'risk_clue' ? '登记风险线索' : `启动${definition.data?.title ?? ''}`
  useTitle(title)

  const send = (form: Answers, key: string) =>
    unwrap(api.POST('/cases', { params: { header: { 'Idempotency-Key': key } }, body: { procedure: name, household_id: household.id, form } }))
  const done = (reply: FireReply) => {
    message.success(`${title}成功，现在是“${reply.case.state_title}”`)
    for (const key of ['tasks', 'cases', 'household']) void client.invalidateQueries({ queryKey: [key] })
    void navigate({ to: '/cases/$id', params: { id: reply.case.id }, search: {} })
  }

  return (
    <section className="panel">
      <div className="form-head">
        <h1>{title}</h1>
        <span className="muted">
          {household.head_name}（{household.household_no}） · {household.region_name} {household.group}
        </span>
      </div>
      {!household.can_open.includes(name) && <Alert className="gap" type="warning" showIcon title="以您的岗位和该户目前的情况，不能启动此项" />}
      <Surroundings.Provider value={surroundings}>
        <Loaded query={definition}>
          {(d) =>
            me.data && (
              <EventForm
                fields={d.opening.form}
                draft={{ user: me.data.user.id, subject: household.id, event: `open:${name}` }}
                submitText={`确认${title}`}
                blocked={household.can_open.includes(name) ? undefined : '目前不能提交。'}
                send={send}
                onDone={done}
                onCancel={() => void navigate({ to: '/households/$id', params: { id: household.id } })}
              />
            )
          }
        </Loaded>
      </Surroundings.Provider>
    </section>
  )
}
