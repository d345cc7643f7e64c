import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { App, Input } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import { blankFormQuery, meQuery } from '../../api/queries'
import type { Answers, FormBlank, FormRecord } from '../../api/types'
import { EventForm } from '../../components/EventForm'
import { LiveSums } from '../../components/LiveSums'
import { Loaded } from '../../components/PageState'
import { useTitle } from '../../lib/hooks'
import { optional } from './optional'

const route = getRouteApi('/staff/households/$id/forms/$form')
const regionalRoute = getRouteApi('/staff/forms/new/$form')

/** 填表: a form about a household, begun with what the register knows. */
export function NewForm() {
  const { id, form } = route.useParams()
  return <Blank form={form} about={{ household_id: id }} />
}

/** 填表 about a village or a township, for a campaign perhaps about one of its departments or groups. */
export function NewRegionalForm() {
  const { form } = regionalRoute.useParams()
  const { region, campaign, unit } = regionalRoute.useSearch()
  return <Blank form={form} about={{ region_code: region, campaign_id: campaign, unit }} />
}

type Subject = { household_id: string } | { region_code?: string; campaign_id?: string; unit?: string }

function Blank({ form, about }: { form: string; about: Subject }) {
  const blank = useQuery(blankFormQuery(form, about))
  return (
    <div className="page" key={`${JSON.stringify(about)} ${form}`}>
      <Loaded query={blank}>{(b) => <Begin blank={b} about={about} />}</Loaded>
    </div>
  )
}

function Begin({ blank, about }: { blank: FormBlank; about: Subject }) {
  const me = useQuery(meQuery)
  const client = useQueryClient()
  const navigate = useNavigate()
  const household = 'household_id' in about ? about.household_id : undefined
  const campaign = 'campaign_id' in about ? about : undefined
  const { message } = App.useApp()
  const [period, setPeriod] = usePeriod(`${Object.values(about).filter(Boolean).join(' ')} ${blank.info.form}`)
  useTitle(blank.info.title)
  const send = (answers: Answers, key: string) =>
    unwrap(api.POST('/form-records', { params: { header: { 'Idempotency-Key': key } }, body: { form: blank.info.code, ...about, period: period || undefined, answers } }))
  const done = (reply: FormRecord) => {
    message.success('草稿已保存')
    setPeriod('')
    void client.invalidateQueries({ queryKey: ['form-records'] })
    void navigate({ to: '/forms/$id', params: { id: reply.item.id } })
  }
  return (
    <section className="panel">
      <div className="form-head">
        <h1>
          {blank.info.title}
          {campaign?.unit && `（${campaign.unit}）`}
        </h1>
        <span className="muted">已按台账填好能填的项，请核对；没有填完也可以先保存</span>
      </div>
      <label className="labelled" htmlFor="form-period">
        年度或月份
        <Input id="form-period" style={{ width: '9rem' }} value={period} maxLength={10} placeholder="如 2026" onChange={(e) => setPeriod(e.target.value.trim())} />
      </label>
      {me.data && (
        <EventForm
          fields={optional(blank.fields)}
          given={blank.answers}
          givenFirst
          draft={{ user: me.data.user.id, subject: Object.values(about).filter(Boolean).join(' '), event: `form:${blank.info.form}` }}
          submitText="保存草稿"
          send={send}
          onDone={done}
          onCancel={() => void (household ? navigate({ to: '/households/$id', params: { id: household } }) : navigate({ to: '/forms', search: {} }))}
        >
          {blank.sums && <LiveSums fields={blank.fields} sums={blank.sums} />}
        </EventForm>
      )}
    </section>
  )
}

/** The period of a form about to be begun: like its draft it survives a reload of the page. */
function usePeriod(of: string) {
  const name = `shouwang-period:${of}`
  const [period, setPeriod] = useState(() => {
    try {
      return sessionStorage.getItem(name) ?? ''
    } catch {
      return ''
    }
  })
  const set = (next: string) => {
    setPeriod(next)
    try {
      if (next) sessionStorage.setItem(name, next)
      else sessionStorage.removeItem(name)
    } catch {
      // kept on the screen alone
    }
  }
  return [period, set] as const
}
