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

/** How long what comes late may still push the part that was asked for out of sight. */
const SETTLING = 5000

/** Leads to the part that the address names, again as long as what stands above it is still arriving. */
function useSection(household: string) {
  const { hash } = useLocation()
  const fetching = useIsFetching({ queryKey: ['household', household] })
  const asked = useRef({ hash: '', at: 0 })
  useEffect(() => {
    if (asked.current.hash !== hash) asked.current = { hash, at: Date.now() }
    if (hash !== '' && fetching === 0 && Date.now() - asked.current.at < SETTLING) document.getElementById(hash)?.scrollIntoView()
  }, [hash, fetching])
}
