import { fireEvent, render, screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import type { CampaignPreview, PlannedDay } from '../../api/types'
import { Preview } from './TemplateChoice'

const on = (day: string, more: Partial<PlannedDay> = {}): PlannedDay => ({ on: day, rolled: false, provisional: false, source: 'S0-060', ...more })
const template = { code: 'look_back', title: '“回头看”', seed: 'S000', phases: ['安排部署'] }
const preview: CampaignPreview = {
  template,
  first_date: '2026-03-02',
  phases: [{ title: '安排部署', stage_title: '培训', from: on('2026-03-02'), until: on('2026-04-07', { rolled: true, original: '2021-12-04' }), gate: '全员培训', outputs: '签到表' }],
  cutoffs: [{ title: '需要一定时间的问题完成整改', event: '后评估' }],
  forms: ['户表'],
  annexes: [],
  notes: [],
  waits_for: [2027],
  form: { kind: 'look_back', template: 'look_back@1' },
}

test('the plan of a template is shown before it is taken', () => {
  const take = vi.fn()
  render(<Preview preview={preview} onTake={take} />)
  expect(screen.getByText('已顺延至工作日')).toBeTruthy()
  expect(screen.getByTitle('原文 2021-12-04（S0-060）')).toBeTruthy()
  expect(screen.getByText(/后评估之前/)).toBeTruthy()
  expect(screen.getByText(/2027年的放假安排尚未公布/)).toBeTruthy()
  fireEvent.click(screen.getByRole('button'))
  expect(take).toHaveBeenCalledTimes(1)
})
