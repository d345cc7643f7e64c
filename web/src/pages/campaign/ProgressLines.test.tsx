import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { CampaignLine } from '../../api/types'
import { ProgressLines, shareOf } from './ProgressLines'

vi.mock('@tanstack/react-router', () => ({ Link: ({ children }: { children: React.ReactNode }) => <a href="/">{children}</a> }))

afterEach(cleanup)

const line = (code: string, title: string, assigned: number, handed_in: number, returned = 0): CampaignLine => ({ code, title, assigned, visited: handed_in, handed_in, passed: 0, returned })
const lines = [line('v1', '石桥村', 4, 3), line('v2', '上坪村', 10, 1, 5), line('v3', '松塘村', 2, 2)]
const names = () => screen.getAllByRole('row').slice(1).map((r) => r.querySelector('a')?.textContent)

it('begins with those that are furthest behind', () => {
  render(<ProgressLines title="各村" kind="village" id="c1" lines={lines} />)
  expect(names()).toEqual(['上坪村', '石桥村', '松塘村'])
  expect(screen.getByText(/差 9 户/)).toBeTruthy()
})

it('is put in order by any column, and turned round', () => {
  render(<ProgressLines title="各村" kind="village" id="c1" lines={lines} />)
  fireEvent.click(screen.getByRole('button', { name: /退回/ }))
  expect(names()[0]).toBe('上坪村')
  expect(screen.getByRole('columnheader', { name: /退回/ }).getAttribute('aria-sort')).toBe('descending')
  fireEvent.click(screen.getByRole('button', { name: /退回/ }))
  expect(names()[2]).toBe('上坪村')
})

it('tells no more than all, and all only when it is', () => {
  expect(shareOf(line('a', 'a', 0, 0))).toBe(100)
  expect(shareOf(line('a', 'a', 1000, 999))).toBe(99)
  expect(shareOf(line('a', 'a', 3, 4))).toBe(100)
})
