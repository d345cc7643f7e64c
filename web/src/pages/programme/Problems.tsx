import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { programmeProblemsQuery } from '../../api/queries'
import type { ProgrammeProblem } from '../../api/types'
import { ExportButton } from '../../components/ExportButton'
import { Loaded, Nothing } from '../../components/PageState'

/** The problems of a programme that I reach, the late ones first. */
export function Problems({ id }: { id: string }) {
  const problems = useQuery(programmeProblemsQuery(id))
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>问题</h2>
        <ExportButton list="programme_problems" filter={{ id }} />
      </div>
      <Loaded query={problems}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing title="还没有问题">可以导入工作簿，或者逐件登记。</Nothing>
          ) : (
            <ProblemRows items={items} />
          )
        }
      </Loaded>
    </section>
  )
}

/** Problems as a table, each leading to its case. */
export function ProblemRows({ items }: { items: ProgrammeProblem[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">问题</th>
          <th scope="col">地区</th>
          <th scope="col">环节</th>
          <th scope="col">责任人</th>
          <th scope="col">整改期限</th>
        </tr>
      </thead>
      <tbody>
        {items.map((p) => (
          <tr key={p.case.id} data-problem={p.case.id}>
            <td>
              <Link className="main-link" to="/cases/$id" params={{ id: p.case.id }} search={{}}>
                {p.brief}
              </Link>
              <div className="small">{[p.case.no, p.class_title, ...p.case.flags.map((f) => f.title)].filter(Boolean).join(' · ')}</div>
            </td>
            <td data-label="地区">{p.case.region_name}</td>
            <td data-label="环节">{p.case.state_title}</td>
            <td data-label="责任人">{p.responsible || '尚未交办'}</td>
            <td data-label="整改期限" className="num">
              {p.due_on ?? '—'}
              {p.due_overdue && <strong className="late">　逾期{p.level_title && `，已${p.level_title}`}</strong>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
