import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { Supervisions } from './Supervisions'

afterEach(cleanup)

const notice = { no: 'DB-ZG1-1', case_id: 'c1', event: 'assign', reason: '交办', due_on: '2026-04-01', issued_by: '某甲（乡镇乡村振兴办）', issued_at: '2026-03-10T04:00:00Z' }

it('tells why, by whom and until when, and whether it was answered', () => {
  const late = { no: 'DB-ZG1-2', case_id: 'c1', event: 'due.supervise', reason: '整改期限届满未完成', issued_by: '系统（逾期）', issued_at: '2026-04-02T00:30:00Z', replied_at: '2026-04-03T02:00:00Z' }
  render(<Supervisions notices={[notice, late]} />)
  const [first, second] = screen.getAllByRole('listitem').map((li) => li.textContent)
  expect(first).toMatch(/交办.*待回复.*DB-ZG1-1，限 2026-04-01 前整改.*某甲（乡镇乡村振兴办） 2026-03-10 12:00 发出$/)
  expect(second).toMatch(/届满未完成.*已回复.*DB-ZG1-2.*系统（逾期） 2026-04-02 08:30 发出；2026-04-03 10:00 回复$/)
  expect(second).not.toContain('限 ')
})

it('says nothing where there is none', () => {
  const { container } = render(<Supervisions notices={[]} />)
  expect(container.textContent).toBe('')
})
