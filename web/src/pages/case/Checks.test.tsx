import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { Checks } from './Checks'

afterEach(cleanup)

const line = { code: 'below_line', title: '人均收入低于监测线', verdict: 'yes', verdict_title: '是', reason: '人均6000元', basis: '《方案》第16项', values: [{ name: '监测线', text: '6900元' }] }

test('a check tells its values and its source', () => {
  render(<Checks checks={[line]} />)
  expect(screen.getByText('人均6000元')).toBeTruthy()
  expect(screen.getByText('监测线：6900元')).toBeTruthy()
  expect(screen.getByText('依据：《方案》第16项')).toBeTruthy()
})

test('who may not see the values sees the verdict alone', () => {
  render(<Checks checks={[{ ...line, reason: undefined, values: [], hidden: true }]} />)
  expect(screen.getByText('是')).toBeTruthy()
  expect(screen.getByText(/按权限不显示/)).toBeTruthy()
  expect(screen.queryByText('人均6000元')).toBeNull()
})
