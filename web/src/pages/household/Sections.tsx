import { useIsFetching } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { Household } from '../../api/types'

const sections = [
  { id: 'life', title: '监测历程' },
  { id: 'members', title: '成员' },
  { id: 'guarantees', title: '三保障和饮水' },
  { id: 'incomes', title: '收入' },
  { id: 'help', title: '风险和措施' },
  { id: 'visits', title: '走访' },
  { id: 'cases', title: '事项' },
  { id: 'problems', title: '问题' },
  { id: 'forms', title: '表册' },
  { id: 'record', title: '登记内容' },
] as const

/** The parts of the page, each with an address of its own. */
export function Sections({ household: h }: { household: Household }) {
  useSection(h.id)
  return (
    <nav className="sections" aria-label="本页内容">
      {[...sections, ...(h.can_see_log ? [{ id: 'seen', title: '谁看过' }] : [])].map((s) => (
        <Link key={s.id} to="/households/$id" params={{ id: h.id }} hash={s.id}>
          {s.title}
        </Link>
      ))}
    </nav>
  )
}

/** Leads to the part that the address names, and once more when what stands above it has arrived. */
function useSection(household: string) {
  const { hash } = useLocation()
  const fetching = useIsFetching({ queryKey: ['household', household] })
  const way = useRef({ hash: '', waited: false, there: false })
  useEffect(() => {
    if (way.current.hash !== hash) way.current = { hash, waited: false, there: false }
    if (fetching > 0) way.current.waited = true
    if (fetching > 0 || way.current.there) return
    const part = document.getElementById(hash)
    part?.scrollIntoView()
    way.current.there = part !== null && way.current.waited
  }, [hash, fetching])
}
