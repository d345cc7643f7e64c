import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { App } from 'antd'
import { api, unwrap } from '../../api/client'
import { blankFormQuery, meQuery } from '../../api/queries'
import type { Answers, FormBlank, FormRecord } from '../../api/types'
import { EventForm } from '../../components/EventForm'
import { Loaded } from '../../components/PageState'
import { useTitle } from '../../lib/hooks'
import { optional } from './optional'

const route = getRouteApi('/staff/households/$id/forms/$form')

/** 填表: a form about a household, begun with what the register knows. */
export function NewForm() {
  const { id, form } = route.useParams()
  const blank = useQuery(blankFormQuery(form, id))
  return (
    <div className="page" key={`${id} ${form}`}>
      <Loaded query={blank}>{(b) => <Begin blank={b} household={id} />}</Loaded>
    </div>
  )
}

function Begin({ blank, household }: { blank: FormBlank; household: string }) {
  const me = useQuery(meQuery)
  const client = useQueryClient()
  const navigate = route.useNavigate()
  const { message } = App.useApp()
  useTitle(blank.info.title)
  const send = (answers: Answers, key: string) =>
    unwrap(api.POST('/form-records', { params: { header: { 'Idempotency-Key': key } }, body: { form: blank.info.code, household_id: household, answers } }))
  const done = (reply: FormRecord) => {
    message.success('草稿已保存')
    void client.invalidateQueries({ queryKey: ['form-records'] })
    void navigate({ to: '/forms/$id', params: { id: reply.item.id } })
  }
  return (
    <section className="panel">
      <div className="form-head">
        <h2>{blank.info.title}</h2>
        <span className="muted">已按台账填好能填的项，请核对；没有填完也可以先保存</span>
      </div>
      {me.data && (
        <EventForm
          fields={optional(blank.fields)}
          given={blank.answers}
          draft={{ user: me.data.user.id, subject: household, event: `form:${blank.info.form}` }}
          submitText="保存草稿"
          send={send}
          onDone={done}
          onCancel={() => void navigate({ to: '/households/$id', params: { id: household } })}
        />
      )}
    </section>
  )
}
