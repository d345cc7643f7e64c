import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { App, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../api/client'
import { meQuery, procedureQuery } from '../api/queries'
import type { Answers, Field, FireReply } from '../api/types'
import { EventForm } from '../components/EventForm'
import { useAreas } from '../components/Filters'
import { Loaded } from '../components/PageState'
import { useTitle } from '../lib/hooks'
import { TemplateChoice } from './campaign/TemplateChoice'

const route = getRouteApi('/staff/open/$procedure')

/** 发起: opens a case about a village, a township or a county, such as a campaign. */
export function OpenRegional() {
  const { procedure } = route.useParams()
  const { region, programme } = route.useSearch()
  const definition = useQuery(procedureQuery(procedure))
  const navigate = route.useNavigate()
  return (
    <div className="page">
      <Loaded query={definition}>
        {(d) => (
          <section className="panel">
            <h1>发起{d.title}</h1>
            {programme && <p className="gap muted">登记到整改方案 {programme}。关于某一农户的问题，请在该户的页面登记，并填写方案编号。</p>}
            <RegionChoice value={region} onChange={(code) => void navigate({ search: (old) => ({ ...old, region: code }), replace: true })} />
            {region && <Opening key={region} name={procedure} region={region} title={d.title} fields={d.opening.form} programme={programme} />}
          </section>
        )}
      </Loaded>
    </div>
  )
}

function RegionChoice({ value, onChange }: { value?: string; onChange: (code: string) => void }) {
  const options = useAreas()
  const id = useId()
  return (
    <div className="filters gap">
      <label htmlFor={id}>
        针对的村、乡镇或县
        <Select id={id} style={{ minWidth: '16rem' }} value={value} placeholder="请选择" showSearch={{ optionFilterProp: 'label' }} options={options} onChange={onChange} />
      </label>
    </div>
  )
}

interface OpeningProps {
  name: string
  region: string
  title: string
  fields: Field[]
  /** The number of the programme that a problem belongs to, when it is opened from there. */
  programme?: string
}

function Opening({ name, region, title, fields, programme }: OpeningProps) {
  const me = useQuery(meQuery)
  const client = useQueryClient()
  const navigate = route.useNavigate()
  const { message } = App.useApp()
  const [plan, setPlan] = useState<Answers>()
  useTitle(`发起${title}`)
  const send = (form: Answers, key: string) =>
    unwrap(api.POST('/cases', { params: { header: { 'Idempotency-Key': key } }, body: { procedure: name, region_code: region, form } }))
  const done = (reply: FireReply) => {
    message.success(`已发起${title}，现在是“${reply.case.state_title}”`)
    for (const key of ['tasks', 'cases', 'programmes']) void client.invalidateQueries({ queryKey: [key] })
    void navigate({ to: '/cases/$id', params: { id: reply.case.id }, search: {} })
  }
  return (
    me.data && (
      <>
        {name === 'campaign' && <TemplateChoice onTake={setPlan} />}
        <EventForm
          key={JSON.stringify(plan)}
          fields={fields}
          given={programme ? { programme_no: programme } : plan}
          draft={{ user: me.data.user.id, subject: region, event: `open:${name}` }}
          submitText={`确认发起${title}`}
          send={send}
          onDone={done}
          onCancel={() => void navigate({ to: '/cases', search: {} })}
        />
      </>
    )
  )
}
