import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { FiguresOf } from '../api/types'
import { Sections } from './Figures'

vi.mock('@tanstack/react-router', () => ({
  getRouteApi: () => ({}),
  Link: ({ to, search, children }: { to: string; search: Record<string, unknown>; children: React.ReactNode }) => <a href={`${to}?${new URLSearchParams(Object.entries(search).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]])))}`}>{children}</a>,
}))

afterEach(cleanup)

it('does not tell risk types of few households', () => {
  const figures: FiguresOf = {
    at: '2026-03-10T04:00:00Z', since: '2025-03-10', stages: [{ procedure: 'risk_clue', procedure_title: '风险线索', state: 'new', state_title: '新线索', open: 3, overdue: 1 }], villages: [], campaigns: [],
    risks: [{ code: 'illness', title: '因病', households: 7, masked: false }, { code: 'accident', title: '意外事故', masked: true }], risk_minimum: 5,
    departments: [{ code: 'civil_affairs', title: '民政', asked: 2, answered: 0, overdue: 1, median_days: 0, p90_days: 0 }],
    rectification: { total: 0, open: 0, overdue: 0, done: 0, classes: [], levels: [], villages: [] }, burn_down: [],
  }
  render(<Sections figures={figures} region="510923101" />)
  expect(screen.getByText('意外事故').nextElementSibling?.textContent).toBe('—')
  expect(screen.getByText('因病').nextElementSibling?.textContent).toBe('7')
  expect(screen.getByText('民政').parentElement?.textContent).toBe('民政201——')
  expect(screen.getByText('风险线索').parentElement?.textContent).toBe('风险线索新线索31')
  expect(screen.getByText('3').getAttribute('href')).toBe('/cases?village=510923101&procedure=risk_clue&state=new&open=true')
  expect(screen.getByText('2').getAttribute('href')).toBe('/cases?village=510923101&procedure=dept_comparison&dept=civil_affairs&opened_from=2025-03-10')
  expect(screen.getAllByRole('button', { name: /导\s?出/ })).toHaveLength(8)
})
