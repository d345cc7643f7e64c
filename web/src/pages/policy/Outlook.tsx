import type { PolicyOutlook } from '../../api/admin'
import type { PolicyKey } from '../../api/types'
import { words } from '../../lib/policy'

interface Props {
  of: PolicyKey
  region: string
  /** The first day of the value that was tried. */
  from: string
  outlook: PolicyOutlook
}

/** 试算结果: what would hold from when on, and which open cases would go on under another value. */
export function Outlook({ of: k, region, from, outlook: o }: Props) {
  const say = (value: unknown) => words(k.key.endsWith('_fen') ? 'fen' : k.kind, value, k.unit)
  const touched = o.procedures.filter((p) => p.differing > 0)
  return (
    <div className="gap" role="status" aria-label="试算结果">
      <p>
        <strong>试算结果（没有写入）：</strong>
        {o.changes ? `${region}自 ${from} 起由 ${say(o.before)} 改为 ${say(o.after)}。` : `${region}在 ${from} 已经是 ${say(o.after)}，设置后没有变化。`}
      </p>
      {o.later.map((l) => (
        <p key={l.from}>
          {l.from} 起又成为 {say(l.value)}。
        </p>
      ))}
      {o.narrower.length > 0 && <p>{o.narrower.join('、')}另有设定，不受影响。</p>}
      {touched.length === 0 ? (
        <p>没有在办事项沿用别的值。</p>
      ) : (
        <>
          <p>以下在办事项继续沿用开启时的值，需要改用的，生效后由县级部门在案件页逐件改用现行政策：</p>
          <table className="list">
            <thead>
              <tr>
                <th scope="col">程序</th>
                <th scope="col">在办</th>
                <th scope="col">沿用别的值</th>
                <th scope="col">改用后重算的期限</th>
              </tr>
            </thead>
            <tbody>
              {touched.map((p) => (
                <tr key={p.procedure}>
                  <td>{p.title}</td>
                  <td data-label="在办" className="num">
                    {p.open}
                  </td>
                  <td data-label="沿用别的值" className="num">
                    {p.differing}
                  </td>
                  <td data-label="改用后重算的期限" className="num">
                    {p.limits}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </div>
  )
}
