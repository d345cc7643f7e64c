import { expect, it } from 'vitest'
import type { HouseholdVisit } from '../../api/house'
import { nextVisit } from './Responsible'

const visit = (case_id: string, more: Partial<HouseholdVisit>): HouseholdVisit => ({ case_id, title: '监测对象每月走访', standing: 'ahead', state_title: '已排定', role: 'assistance_person', ...more })

it('takes the visit that the post owes first, of those not made', () => {
  const visits = [
    visit('made', { standing: 'done', until: '2026-10-31' }),
    visit('missed', { standing: 'missed', until: '2026-09-30' }),
    visit('later', { until: '2026-12-31' }),
    visit('now', { standing: 'due', until: '2026-11-30' }),
    visit('others', { until: '2026-11-01', role: 'village_cadre' }),
    visit('endless', { standing: 'due' }),
  ]
  expect(nextVisit(visits, 'assistance_person')?.case_id).toBe('now')
  expect(nextVisit(visits, 'village_cadre')?.case_id).toBe('others')
  expect(nextVisit(visits, 'linked_leader')).toBeUndefined()
})
