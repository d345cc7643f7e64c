import { render, screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import type { Household } from '../api/types'
import { LifeLine } from './LifeLine'

const house = (life: Household['life'], episodes: Household['episodes']) => ({ life, episodes }) as Household

describe('LifeLine', () => {
  it('says so when a household was never monitored', () => {
    render(<LifeLine household={house([], [])} />)
    expect(screen.getByText('未纳入过监测。')).toBeTruthy()
  })

  it('shows each change of status on its Chinese day, and the episodes', () => {
    const life = [{ event: 'rolled_back', title: '风险回退', state: 'monitored', state_title: '监测中', at: '2026-11-21T16:30:00Z' }]
    const episodes = [{ no: 1, case_id: 'c', opened_at: '2026-01-05T01:00:00Z', category: '脱贫不稳定户', rolled_back_at: '2026-11-21T16:30:00Z', closed_on: '2027-03-01', method: '帮扶消除' }]
    render(<LifeLine household={house(life, episodes)} />)
    expect(screen.getByText('2026-11-22')).toBeTruthy()
    expect(screen.getByText(/第 1 次监测：脱贫不稳定户，2026-01-05 纳入，2026-11-22 回退，2027-03-01 帮扶消除/)).toBeTruthy()
  })
})
