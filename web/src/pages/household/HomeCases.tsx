import { useInfiniteQuery } from '@tanstack/react-query'
import { householdCasesQuery } from '../../api/oneHome'
import { More, readOf } from '../../components/More'
import { Loaded } from '../../components/PageState'
import { Rows } from '../Cases'

/** What is under way about a household; what has ended is folded away, as it grows for years. */
export function HomeCases({ household, problems }: { household: string; problems: boolean }) {
  const open = useInfiniteQuery(householdCasesQuery(household, { problems, open: true }))
  const over = useInfiniteQuery(householdCasesQuery(household, { problems, open: false }))
  const ended = readOf(over.data)
  return (
    <>
      <Loaded query={open}>{(data) => (data.pages[0]?.items.length ? <Rows cases={readOf(data).items} ofHousehold /> : <p className="muted">没有在办事项。</p>)}</Loaded>
      <More query={open} />
      {ended.total > 0 && (
        <details className="cannot">
          <summary>已办结 {ended.total} 件</summary>
          <Rows cases={ended.items} ofHousehold />
          <More query={over} />
        </details>
      )}
    </>
  )
}
