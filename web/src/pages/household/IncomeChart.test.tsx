import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { IncomeChart } from './IncomeChart'

beforeEach(() => vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} })))
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

it('draws the parts of each year, and says so in words and in a table', () => {
  const { container } = render(<IncomeChart years={[{ year: 2024, wage: 1_000_000 }, { year: 2025, wage: 1_200_000, transfer: 300_050 }]} />)
  expect(screen.getByRole('img').getAttribute('aria-label')).toBe('各年收入合计：2024 年 10,000 元，2025 年 15,000.5 元')
  expect(container.querySelectorAll('svg.bars rect')).toHaveLength(3)
  expect(screen.getByRole('row', { name: /^2025/ }).textContent).toBe('202512,000——3,000.5——')
})

it('draws the income per head where there is nothing else, and no bar for what is not on record', () => {
  const { container } = render(<IncomeChart years={[{ year: 2024 }, { year: 2025, per_head: 700_000 }]} />)
  expect(screen.getByRole('img').getAttribute('aria-label')).toBe('各年人均纯收入：2024 年 0 元，2025 年 7,000 元')
  expect(container.querySelectorAll('svg.bars rect')).toHaveLength(1)
})

it('draws nothing where only an expense is on record', () => {
  render(<IncomeChart years={[{ year: 2025, production_expense: 5000 }]} />)
  expect(screen.queryByRole('img')).toBeNull()
})
