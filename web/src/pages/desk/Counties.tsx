import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { figuresQuery, regionsQuery } from '../../api/queries'
import type { FiguresOf } from '../../api/types'
import { Loaded } from '../../components/PageState'
import { Frame } from './Frame'

const COUNTY = '510923'.length

/** The figures of villages put together by county, most late first. */
export function byCounty(villages: FiguresOf['villages']) {
  const sums = new Map<string, { code: string; open: number; overdue: number }>()
  for (const v of villages) {
    const code = v.code.slice(0, COUNTY)
    const sum = sums.get(code) ?? { code, open: 0, overdue: 0 }
    sums.set(code, { code, open: sum.open + v.open, overdue: sum.overdue + v.overdue })
  }
  return [...sums.values()].sort((a, b) => b.overdue - a.overdue || b.open - a.open || a.code.localeCompare(b.code))
}

/** 各县办理情况: a city sees figures, and no case. */
export function Counties() {
  const figures = useQuery(figuresQuery())
  const regions = useQuery(regionsQuery)
  const nameOf = (code: string) => regions.data?.items.find((r) => r.code === code)?.name ?? code
  return (
    <Frame title="各县办理情况">
      <Loaded query={figures}>
        {(f) => (
          <>
            <table className="list">
              <thead>
                <tr>
                  <th scope="col">县</th>
                  <th scope="col">在办</th>
                  <th scope="col">逾期</th>
                </tr>
              </thead>
              <tbody>
                {byCounty(f.villages).map((c) => (
                  <tr key={c.code} data-county={c.code}>
                    <td>
                      <Link to="/figures" search={{ region: c.code }}>
                        {nameOf(c.code)}
                      </Link>
                    </td>
                    <td data-label="在办" className="num">
                      {c.open}
                    </td>
                    <td data-label="逾期" className="num">
                      {c.overdue}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p className="desk-more">
              问题整改未完成 {f.rectification.open} 件，逾期 {f.rectification.overdue} 件
            </p>
          </>
        )}
      </Loaded>
    </Frame>
  )
}
