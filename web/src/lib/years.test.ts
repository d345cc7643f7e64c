import { expect, it } from 'vitest'
import { yearsOf } from './years'

it('takes full years from nought to a hundred and fifty, and nothing else', () => {
  expect(['0', ' 60 ', '150'].map(yearsOf)).toEqual([0, 60, 150])
  expect(['', ' ', '151', '-1', '6.5', '六十', '1e1'].map(yearsOf)).toEqual(Array(7).fill(undefined))
})
