import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { Run } from '../../api/types'
import { going } from '../../api/queries'
import { RuleCounts } from '../Run'
import { outcome } from './words'

afterEach(cleanup)

const run: Run = {
  id: 'r1', kind: 'quality', region_code: '510923101', region_name: '某乡', state: 'done', full: false, created_at: '2026-03-10T04:00:00Z', total: 30, passed: 30, looked: 8,
  opened: 3, renewed: 0, standing: 2, gone: 1, watched: 0, can_cancel: false,
  rules: [
    { code: 'population_mismatch', group: 'DQ-10', title: '人口不符', hits: 3, unjudged: 1 },
    { code: 'no_phone', group: 'DQ-11', title: '没有电话', hits: 0, unjudged: 4 },
  ],
}

it.each<[Partial<Run>, string]>([
  [{}, '新立问题 3，已有事项或说明 2，不再发现 1'],
  [{ kind: 'screening', watched: 5 }, '新立线索 3，已有事项或说明 2，不再发现 1，已在监测不比对 5'],
  [{ opened: 0, standing: 0, gone: 0 }, '没有发现'],
  [{ kind: 'trial' }, '符合 3 户，不能判断 5 户'],
])('tells what came of %j', (change, text) => expect(outcome({ ...run, ...change })).toBe(text))

it.each<[Run['state'], boolean]>([['waiting', true], ['running', true], ['done', false], ['cancelled', false], ['failed', false]])('a run that is %s goes on: %s', (state, on) => expect(going({ ...run, state })).toBe(on))

it('leads from a rule to its hits, and not from one without', () => {
  const choose = vi.fn()
  render(<RuleCounts run={run} onChoose={choose} />)
  fireEvent.click(screen.getByRole('button', { name: '人口不符' }))
  expect(choose).toHaveBeenCalledWith('population_mismatch')
  expect(screen.queryByRole('button', { name: '没有电话' })).toBeNull()
})

it('a second click shows the hits of all rules again', () => {
  const choose = vi.fn()
  render(<RuleCounts run={run} chosen="population_mismatch" onChoose={choose} />)
  fireEvent.click(screen.getByRole('button', { name: '人口不符' }))
  expect(choose).toHaveBeenCalledWith(undefined)
})
