import { useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Household } from '../../api/types'

const sections = [
  { id: 'life', title: '监测历程' },
  { id: 'members', title: '成员' },
  { id: 'responsible', title: '责任人' },
  { id: 'guarantees', title: '三保障和饮水' },
  { id: 'incomes', title: '收入' },
  { id: 'help', title: '风险和措施' },
  { id: 'visits', title: '走访' },
  { id: 'cases', title: '事项' },
  { id: 'problems', title: '问题' },
  { id: 'papers', title: '文书' },
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

/** How often it is looked whether a part has moved, and for how many times at most. */
const TICK = 200
const TICKS = 150

/** Leads to the part that the address names, as long as what stands above it is arriving and nobody has moved the page himself. */
function useSection(household: string) {
  const { hash } = useLocation()
  const client = useQueryClient()
  useEffect(() => {
    if (hash === '') return
    let [left, still] = [TICKS, 0]
    const timer = setInterval(() => {
      const part = document.getElementById(hash)
      part?.scrollIntoView()
      still = part && client.isFetching({ queryKey: ['household', household] }) === 0 ? still + 1 : 0
      if (still > 1 || --left === 0) clearInterval(timer)
    }, TICK)
    const stop = () => clearInterval(timer)
    const own = ['wheel', 'touchstart', 'pointerdown', 'keydown']
    for (const kind of own) window.addEventListener(kind, stop, { passive: true })
    return () => {
      stop()
      for (const kind of own) window.removeEventListener(kind, stop)
    }
  }, [hash, household, client])
}
