import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { InputNumber, Select } from 'antd'
import { type AuditFilter, patternHitsQuery, patternsQuery } from '../../api/queries'
import type { FormRecordItem, Pattern, PatternHit } from '../../api/types'
import { ExportButton } from '../../components/ExportButton'
import { DateInput } from '../../components/fields/DateInput'
import { ProcedureSelect, VillageSelect } from '../../components/Filters'
import { Loaded, Nothing } from '../../components/PageState'
import { Pager, usePages } from '../../components/Pager'
import { formatTime } from '../../lib/dates'
import { TakeCases } from './Take'

interface Props {
  filter: AuditFilter
  onNarrow: (change: Partial<AuditFilter>) => void
}

/** 疑点筛查: one pattern at a time over the cases and forms of my engagements. */
export function Patterns({ filter, onNarrow }: Props) {
  const patterns = useQuery(patternsQuery)
  return (
    <Loaded query={patterns}>
      {({ items }) => {
        const chosen = items.find((p) => p.code === filter.pattern)
        return (
          <>
            <Choice patterns={items} chosen={chosen} filter={filter} onNarrow={onNarrow} />
            {chosen ? <Found key={chosen.code} pattern={chosen} filter={filter} /> : <Nothing title="请选择疑点类型">疑点供核查，不是结论。</Nothing>}
          </>
        )
      }}
    </Loaded>
  )
}

function Choice({ patterns, chosen, filter, onNarrow }: Props & { patterns: Pattern[]; chosen?: Pattern }) {
  return (
    <>
      <div className="filters">
        <label htmlFor="audit-pattern">
          疑点类型
          <Select id="audit-pattern" style={{ minWidth: '10rem' }} value={chosen?.code} placeholder="请选择" options={patterns.map((p) => ({ value: p.code, label: p.title }))} onChange={(pattern) => onNarrow({ pattern, least: undefined })} />
        </label>
        {chosen?.least_title && (
          <label htmlFor="audit-least">
            {chosen.least_title}
            <InputNumber id="audit-least" min={chosen.least_min} max={Math.min(chosen.least_max ?? 1, 10000)} precision={0} value={filter.least ?? chosen.least} onChange={(n) => onNarrow({ least: n ?? undefined })} />
          </label>
        )}
        <ProcedureSelect value={filter.procedure} onChange={(procedure) => onNarrow({ procedure })} />
        <VillageSelect value={filter.village} onChange={(village) => onNarrow({ village })} />
        <label htmlFor="audit-from">
          自
          <DateInput id="audit-from" value={filter.from} onChange={(from) => onNarrow({ from })} />
        </label>
        <label htmlFor="audit-until">
          至
          <DateInput id="audit-until" value={filter.until} onChange={(until) => onNarrow({ until })} />
        </label>
      </div>
      {chosen && <p className="muted gap">{chosen.help}。</p>}
    </>
  )
}

function Found({ pattern, filter }: { pattern: Pattern; filter: AuditFilter }) {
  const asked = { ...filter, pattern: pattern.code }
  const pages = usePages(asked)
  const hits = useQuery(patternHitsQuery(asked, pages.cursor))
  return (
    <section className="panel" aria-label={pattern.title}>
      <div className="panel-head">
        <h2>{pattern.title}</h2>
        <span className="acts">
          <ExportButton list="pattern_hits" filter={asked} />
          {(hits.data?.items.length ?? 0) > 0 && <TakeCases choice={asked} />}
        </span>
      </div>
      <Loaded query={hits}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有发现">所选范围和界限内没有这类情形，可以放宽条件再查。</Nothing>
          ) : (
            <>
              <HitRows hits={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </section>
  )
}

const formName = (r: FormRecordItem) => `${r.subject} · ${r.info.title}`

export function HitRows({ hits }: { hits: PatternHit[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">发现</th>
          <th scope="col">事项或者表</th>
          <th scope="col">区划</th>
          <th scope="col">办理</th>
          <th scope="col">时间</th>
        </tr>
      </thead>
      <tbody>
        {hits.map((h) => (
          <tr key={h.id} data-hit={h.id}>
            <td>
              {h.text}
              {h.other && (
                <div className="small">
                  另见{' '}
                  <Link to="/cases/$id" params={{ id: h.other.id }} search={{}}>
                    {h.other.procedure_title} {h.other.no}
                  </Link>
                </div>
              )}
              {h.other_record && (
                <div className="small">
                  另见{' '}
                  <Link to="/forms/$id" params={{ id: h.other_record.id }}>
                    {formName(h.other_record)}
                  </Link>
                </div>
              )}
            </td>
            <td data-label="事项或者表">
              {h.case && (
                <>
                  <Link className="main-link" to="/cases/$id" params={{ id: h.case.id }} search={{ tab: 'asof' }}>
                    {h.case.household && `${h.case.household.head_name} · `}
                    {h.case.procedure_title}
                  </Link>
                  <div className="small num">{h.case.no}</div>
                </>
              )}
              {h.record && (
                <>
                  <Link className="main-link" to="/forms/$id" params={{ id: h.record.id }}>
                    {formName(h.record)}
                  </Link>
                  <div className="small">
                    {h.record.period} {h.record.state_title}
                  </div>
                </>
              )}
            </td>
            <td data-label="区划">{(h.case ?? h.record)?.region_name}</td>
            <td data-label="办理">
              {h.seq ? `第 ${h.seq} 条 ${h.act ?? ''}` : '—'}
              {h.actor?.name && <div className="small">{h.actor.name}</div>}
            </td>
            <td data-label="时间" className="num nowrap">
              {formatTime(h.at)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
