import { cleanup, render, screen, within } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { RoleItem, RoleSheet } from '../../api/admin'
import { Posts } from './Roles'
import { actWords, Sheet } from './Sheet'

vi.mock('@tanstack/react-router', () => ({ getRouteApi: () => ({}), Link: ({ search, children, 'aria-current': current }: { search: { role: string }; children: React.ReactNode; 'aria-current'?: 'page' }) => <a href={`?role=${search.role}`} aria-current={current}>{children}</a> }))

afterEach(cleanup)

const item = (role: string, title: string, level_title: string): RoleItem => ({ role, title, level_title, levels: [12], of_dept: false, of_household: false, of_group: false, administers: false })

it('the posts stand by level, and the chosen one is marked', () => {
  render(<Posts chosen="village_cadre" items={[item('farmer', '农户', '农户'), item('village_cadre', '村“两委”干部', '村'), item('village_secretary', '村党组织书记', '村')]} />)
  expect(screen.getAllByRole('heading').map((h) => h.textContent)).toEqual(['农户', '村'])
  expect(screen.getByRole('link', { name: '村“两委”干部' }).getAttribute('aria-current')).toBe('page')
  expect(screen.getByRole('link', { name: '村党组织书记' }).getAttribute('href')).toBe('?role=village_secretary')
})

it.each([
  [{ how: 'fire' as const }, ''],
  [{ how: 'sign' as const }, '（会签）'],
  [{ how: 'record' as const }, '（代为登记）'],
  [{ how: 'fire' as const, as_title: '整改责任人' }, '（须为整改责任人）'],
  [{ how: 'sign' as const, as_title: '核验人' }, '（会签，须为核验人）'],
])('an act is told with how it is the post’s', (a, said) => expect(actWords({ code: 'c', title: 't', ...a })).toBe(said))

const sheet: RoleSheet = {
  role: 'township_office', title: '乡镇乡村振兴办', level_title: '乡镇', reach_title: '辖区内的全部事项和农户', unmask: true,
  classes: [{ class: 'P2', title: '个人信息', see: 'masked', told: 'full', work: 'full' }, { class: 'P5', title: '反映人身份', see: 'hidden', told: 'hidden', work: 'hidden' }],
  procedures: [{ name: 'rectification', title: '问题整改', opens: true, acts: [{ code: 'assign', title: '交办', how: 'fire' }], waits: [{ code: 'found', title: '已发现' }], told: [] }],
  papers: [{ code: 'decision', title: '审定决定' }], others: [],
}

it('a sheet tells what is seen, what is done, and what besides', () => {
  render(<Sheet sheet={sheet} />)
  screen.getByRole('row', { name: 'P2 个人信息 脱敏 全文 全文' })
  screen.getByRole('row', { name: 'P5 反映人身份 不显示 不显示 不显示' })
  screen.getByText(/可以写明用途后逐项查看脱敏的内容/)
  screen.getByText('可以开启，1 项操作，1 个环节列入待办')
  within(screen.getByRole('region', { name: '其他' })).getByText('审定决定')
  expect(screen.queryByText('程序以外')).toBeNull()
})

it('a post that reaches nothing says so', () => {
  render(<Sheet sheet={{ ...sheet, reach_title: '看不到事项和农户', unmask: false, classes: [], procedures: [], papers: [] }} />)
  screen.getByText('设在乡镇，看不到事项和农户。')
  screen.getByText('不参与任何程序的办理。')
  screen.getByText('没有。')
  expect(screen.queryByRole('table')).toBeNull()
})
