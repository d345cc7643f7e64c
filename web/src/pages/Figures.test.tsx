import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import type { FiguresOf } from '../api/types'
import { Sections } from './Figures'

afterEach(cleanup)

it('does not tell risk types of few households', () => {
  const figures: FiguresOf = {
    at: '2026-03-10T04:00:00Z', stages: [{ procedure: 'risk_clue', procedure_title: '风险线索', state: 'new', state_title: '新线索', open: 3, overdue: 1 }], villages: [], campaigns: [],
    risks: [{ code: 'illness', title: '因病', households: 7, masked: false }, { code: 'accident', title: '意外事故', masked: true }], risk_minimum: 5,
    departments: [{ code: 'civil_affairs', title: '民政', asked: 2, answered: 0, overdue: 1, median_days: 0, p90_days: 0 }],
    rectification: { total: 0, open: 0, overdue: 0, done: 0, classes: [], levels: [], villages: [] }, burn_down: [],
  }
  render(<Sections figures={figures} />)
  expect(screen.getByText('意外事故').nextElementSibling?.textContent).toBe('—')
  expect(screen.getByText('因病').nextElementSibling?.textContent).toBe('7')
  expect(screen.getByText('民政').parentElement?.textContent).toBe('民政201——')
  expect(screen.getByText('风险线索').parentElement?.textContent).toBe('风险线索新线索31')
})
