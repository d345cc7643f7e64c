import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { campaignProgressQuery } from '../../api/queries'
import { Loaded } from '../../components/PageState'

/** How far each village, group and surveyor was at the end of a day, and the problems known by then. */
export function DayLines({ id, day, onClose }: { id: string; day: string; onClose: () => void }) {
  const progress = useQuery(campaignProgressQuery(id, day))
  return (
    <section className="gap" aria-label={`${day} 的进度`}>
      <div className="panel-head">
        <h3>{day} 的进度</h3>
        <Button onClick={onClose}>收起</Button>
      </div>
      <Loaded query={progress}>
        {(p) => (
          <>
            <p className="muted">{p.frozen ? '当日终了时的数字，不再变动。' : '今日，未完。'}</p>
            <table className="list">
              <thead>
                <tr>
                  <th scope="col">村</th>
                  <th scope="col">组</th>
                  <th scope="col">调查员</th>
                  <th scope="col">分派</th>
                  <th scope="col">已入户</th>
                  <th scope="col">已上交</th>
                  <th scope="col">已审核</th>
                  <th scope="col">退回</th>
                </tr>
              </thead>
              <tbody>
                {p.lines.map((l) => (
                  <tr key={l.region_name + l.group + l.surveyor}>
                    <td>{l.region_name}</td>
                    <td data-label="组">{l.group || '—'}</td>
                    <td data-label="调查员">{l.surveyor}</td>
                    <td data-label="分派" className="num">{l.assigned}</td>
                    <td data-label="已入户" className="num">{l.visited}</td>
                    <td data-label="已上交" className="num">{l.handed_in}</td>
                    <td data-label="已审核" className="num">{l.passed}</td>
                    <td data-label="退回" className="num">{l.returned}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {p.problems.length > 0 && (
              <p>
                问题：{p.problems.map((x) => `${x.region_name}，${x.class_title} ${x.found} 件，已销号 ${x.closed} 件，逾期 ${x.overdue} 件`).join('；')}
              </p>
            )}
          </>
        )}
      </Loaded>
    </section>
  )
}
