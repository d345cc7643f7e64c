import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api, unwrap } from '../../api/client'
import { campaignFormsQuery } from '../../api/queries'
import type { CampaignForm } from '../../api/types'
import { LinkButton } from '../../components/LinkButton'
import { Print } from '../forms/Print'

/** 行动的表册: the forms about villages, departments and groups that a campaign waits for, who handed one in and who has not. */
export function CampaignForms({ id }: { id: string }) {
  const wanted = useQuery(campaignFormsQuery(id))
  const items = wanted.data?.items ?? []
  const kinds = [...new Map(items.filter((x) => x.may_fill).map((x) => [x.info.code, x.info])).values()]
  const region = items.map((x) => x.region_code).reduce((a, b) => (a === '' || b.length < a.length ? b : a), '')
  if (items.length === 0) return null
  return (
    <section aria-label="各村、各部门的表册">
      <Wanted items={items} />
      <p className="acts gap">
        {kinds.map((k) => (
          <Print
            key={k.code}
            title={k.title}
            text={`下载工作簿：${k.title}`}
            workbook
            get={(purpose) => unwrap(api.POST('/forms/workbook/export', { body: { form: k.code, region_code: region, campaign_id: id, purpose }, parseAs: 'blob' }))}
          />
        ))}
      </p>
    </section>
  )
}

/** 行动中要填的表: those of all campaigns that go on here and are still to be handed in. */
export function FormsToHandIn() {
  const wanted = useQuery(campaignFormsQuery())
  const items = (wanted.data?.items ?? []).filter((x) => x.may_fill && !handedIn(x))
  if (items.length === 0) return null
  return (
    <section className="panel" aria-label="行动中要填的表">
      <h2>行动中要填的表</h2>
      <Wanted items={items} campaign />
    </section>
  )
}

const handedIn = (x: CampaignForm) => x.records.some((r) => r.state === 'final')

function Wanted({ items, campaign = false }: { items: CampaignForm[]; campaign?: boolean }) {
  const missing = items.filter((x) => !handedIn(x)).length
  return (
    <>
      <p>{missing === 0 ? `${items.length} 份均已交齐` : `应交 ${items.length} 份，还有 ${missing} 份未交`}</p>
      <table className="list">
        <thead>
          <tr>
            {campaign && <th scope="col">行动</th>}
            <th scope="col">表</th>
            <th scope="col">村（部门、工作组）</th>
            <th scope="col">已填</th>
            <th scope="col">办理</th>
          </tr>
        </thead>
        <tbody>
          {items.map((x) => (
            <tr key={x.campaign_id + x.info.code + x.region_code + x.unit}>
              {campaign && <td data-label="行动">{x.campaign_title}</td>}
              <td>{x.info.title}</td>
              <td data-label="村（部门、工作组）">
                {x.region_name} {x.unit}
              </td>
              <td data-label="已填">
                {x.records.length === 0 && <strong className="late">未交</strong>}
                {x.records.map((r) => (
                  <div key={r.id}>
                    <Link to="/forms/$id" params={{ id: r.id }}>
                      {r.period} {r.collector.name} {r.state_title}
                    </Link>
                  </div>
                ))}
              </td>
              <td data-label="办理">{x.may_fill && (x.records.length === 0 || x.info.code === 'case_conference') && <Fill form={x} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

function Fill({ form: x }: { form: CampaignForm }) {
  return (
    <LinkButton size="small" to="/forms/new/$form" params={{ form: x.info.code }} search={{ region: x.region_code, campaign: x.campaign_id, unit: x.unit || undefined }} aria-label={`填写${x.info.title} ${x.region_name}${x.unit}`}>
      {x.records.length === 0 ? '填写' : '再填一次'}
    </LinkButton>
  )
}
