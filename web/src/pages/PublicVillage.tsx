import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Alert, Button, Form, Input } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../api/client'
import { ApiError, describe, mapFaults } from '../api/problem'
import { publicNoticesQuery } from '../api/queries'
import { submit } from '../api/submit'
import type { Field, PublicNotice } from '../api/types'
import { Loaded, Nothing } from '../components/PageState'
import { formatDate, formatLimit } from '../lib/dates'
import { useTitle } from '../lib/hooks'
import { KeyKeeper } from '../lib/idempotency'

const route = getRouteApi('/public/villages/$code')

/** 村务公示: what one village has posted at present; for everybody, without sign-in. */
export function PublicVillage() {
  const { code } = route.useParams()
  const notices = useQuery(publicNoticesQuery(code))
  useTitle('村务公示')
  return (
    <>
      <header className="public-top">
        <h1>{notices.data?.village_name ?? ''}村务公示</h1>
        <p>防止返贫动态监测和帮扶</p>
      </header>
      <main className="public-main">
        <Loaded query={notices}>{({ items }) => (items.length === 0 ? <Nothing title="目前没有正在公示的事项" /> : items.map((n) => <Sheet key={n.id} notice={n} />))}</Loaded>
      </main>
    </>
  )
}

function Sheet({ notice: n }: { notice: PublicNotice }) {
  const [objecting, setObjecting] = useState(false)
  return (
    <article className="sheet">
      <h2>{n.title}</h2>
      <dl className="answers gap">
        <Line title="公示事项" value={n.proposed} />
        <Line title="户主" value={n.head_name} />
        <Line title="村、组" value={[n.village_name, n.group].filter(Boolean).join(' ')} />
        {n.population !== undefined && <Line title="家庭人口" value={`${n.population} 人`} />}
        {n.category && <Line title="对象类别" value={n.category} />}
        <Line title="公示时间" value={n.period ?? `${formatDate(n.posted_at)} 起${n.due_at ? `，至 ${formatLimit(n.due_at)} 止` : ''}`} />
        {n.place && <Line title="张贴地点" value={n.place} />}
        <Line title="公示单位" value={n.unit} />
        {n.phone && <Line title="异议受理电话" value={n.phone} />}
        {n.note && <Line title="说明" value={n.note} />}
      </dl>
      {n.accepts_objections && !objecting && <Button onClick={() => setObjecting(true)}>我有异议</Button>}
      {objecting && <Objection notice={n} onClose={() => setObjecting(false)} />}
    </article>
  )
}

function Line({ title, value }: { title: string; value: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{value}</dd>
    </div>
  )
}

interface Body {
  facts: string
  objector_name?: string
  objector_contact?: string
  named_person?: string
}

const named = (code: string): Field => ({ code, title: code, kind: 'text', class: 'P5', required: false })
const fields = ['facts', 'objector_name', 'objector_contact', 'named_person'].map(named)

/** The objection form. Nothing of it is kept on the device. */
function Objection({ notice, onClose }: { notice: PublicNotice; onClose: () => void }) {
  const [form] = Form.useForm<Body>()
  const keeper = useRef(new KeyKeeper())
  const act = useMutation({
    gcTime: 0,
    mutationFn: (typed: Body) => {
      const body = Object.fromEntries(Object.entries(typed).filter(([, v]) => typeof v === 'string' && v.trim() !== '')) as unknown as Body
      return submit(keeper.current, body, (key) => unwrap(api.POST('/public/notices/{id}/objections', { params: { path: { id: notice.id }, header: { 'Idempotency-Key': key } }, body })))
    },
    onError: (err) => {
      if (err instanceof ApiError) form.setFields(mapFaults(err.faults, fields).fields.map((f) => ({ name: f.name as never, errors: f.errors })))
    },
  })
  if (act.data) {
    return <Alert type="success" showIcon title={`已收到您的异议，受理编号：${act.data.receipt}`} description={`${act.data.message} 请记下编号，以便查询。`} role="status" />
  }
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => act.mutate(v)}>
      <p className="gap muted">可以不写姓名。不写姓名的，请把事实写具体。您的身份只有承办人能看到。</p>
      <Form.Item name="facts" label="异议事实（必填）" rules={[{ required: true, whitespace: true, message: '请写明异议事实' }, { min: 4, message: '请写得具体一些' }]}>
        <Input.TextArea rows={5} maxLength={2000} showCount />
      </Form.Item>
      <Form.Item name="objector_name" label="您的姓名">
        <Input maxLength={200} autoComplete="off" />
      </Form.Item>
      <Form.Item name="objector_contact" label="联系电话" extra="留下电话，便于答复您">
        <Input maxLength={200} inputMode="tel" autoComplete="off" />
      </Form.Item>
      <Form.Item name="named_person" label="涉及的干部" extra="写明后，该干部不得承办本件">
        <Input maxLength={200} autoComplete="off" />
      </Form.Item>
      {act.error && <Alert className="gap" type="error" showIcon title={describe(act.error)} role="alert" />}
      <div className="acts">
        <Button type="primary" htmlType="submit" loading={act.isPending}>
          提交异议
        </Button>
        <Button onClick={onClose} disabled={act.isPending}>
          取消
        </Button>
      </div>
    </Form>
  )
}
