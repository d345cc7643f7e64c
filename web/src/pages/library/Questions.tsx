import { servedText } from '../../i18n/served'
import type { Question } from './questions'

/** The questions of a form, those of its tables below them. */
export function Questions({ list }: { list: Question[] }) {
  return (
    <table className="list questions">
      <thead>
        <tr>
          <th scope="col">问题</th>
          <th scope="col">填法</th>
          <th scope="col">信息类别</th>
          <th scope="col">选项</th>
        </tr>
      </thead>
      <tbody>{list.flatMap((q) => [<Row key={q.code} of={q} />, ...q.columns.map((c) => <Row key={`${q.code}.${c.code}`} of={c} within={q.title} />)])}</tbody>
    </table>
  )
}

function Row({ of: q, within }: { of: Question; within?: string }) {
  return (
    <tr className={within && 'within'}>
      <td>
        {within && <span className="muted">{within}：</span>}
        {q.title}
        {q.help && <div className="small">{q.help}</div>}
      </td>
      <td data-label="填法">
        {q.kind}
        {q.unit && q.unit !== '分' && `（${servedText(q.unit)}）`}
        {q.required && <span className="tag info">必填</span>}
      </td>
      <td data-label="信息类别">{q.class ?? '—'}</td>
      <td data-label="选项" className="small">
        <Options list={q.options} />
      </td>
    </tr>
  )
}

/** Long lists are folded away. */
function Options({ list }: { list: string[] }) {
  if (list.length === 0) return '—'
  if (list.length <= 6) return list.join('、')
  return (
    <details>
      <summary>{list.length} 项</summary>
      {list.join('、')}
    </details>
  )
}
