import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ListSetting } from '../api/lists'
import { type Column, DataTable, shownColumns } from './DataTable'
import { ListTools } from './ListTools'

interface Row {
  id: string
  name: string
}

const columns: Column<Row>[] = [
  { key: 'name', title: '姓名', fixed: true, sort: 'name', cell: (r) => <a className="main-link" href={`#${r.id}`}>{r.name}</a> },
  { key: 'age', title: '年龄', cell: () => '3' },
  { key: 'phone', title: '电话', off: true, cell: () => '—' },
]
const plain: ListSetting = { columns: [], density: 'normal', saved: [] }
const titles = (setting?: ListSetting) => shownColumns(columns, setting).map((c) => c.title)

let kept: ListSetting
let puts: ListSetting[]

beforeEach(() => {
  kept = plain
  puts = []
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.method === 'PUT') {
      kept = (await r.json()) as ListSetting
      puts.push(kept)
    }
    return new Response(JSON.stringify(kept), { status: 200, headers: { 'Content-Type': 'application/json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

it('shows the columns that were chosen, what leads to the record always', () => {
  expect(titles()).toEqual(['姓名', '年龄'])
  expect(titles({ ...plain, columns: ['phone'] })).toEqual(['姓名', '电话'])
  expect(titles({ ...plain, columns: ['gone'] })).toEqual(['姓名'])
})

it('sorts by a heading, and back again', () => {
  const sorts: (string | undefined)[] = []
  const table = (sort?: string) => <DataTable columns={columns} rows={[{ id: 'a', name: '甲' }]} idOf={(r) => r.id} sort={sort} onSort={(s) => sorts.push(s)} />
  const { rerender } = render(table())
  fireEvent.click(screen.getByRole('button', { name: /姓名/ }))
  rerender(table('name'))
  expect(screen.getByRole('columnheader', { name: /姓名/ }).getAttribute('aria-sort')).toBe('other')
  fireEvent.click(screen.getByRole('button', { name: /姓名/ }))
  expect(sorts).toEqual(['name', undefined])
})

const tools = (filter: Record<string, unknown>, onFilter = vi.fn()) => {
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>
        <ListTools list="households" columns={columns} filter={filter} onFilter={onFilter} />
      </App>
    </QueryClientProvider>,
  )
  return onFilter
}

it('keeps conditions by name, and applies those that hold at the beginning', async () => {
  tools({ status: 'monitored', village: undefined })
  fireEvent.click(await screen.findByRole('button', { name: '存为常用查询' }))
  fireEvent.change(await screen.findByLabelText(/^名称/), { target: { value: ' 监测户 ' } })
  fireEvent.click(screen.getByLabelText('打开这个列表时使用'))
  fireEvent.click(screen.getByRole('button', { name: /^保\s?存$/, hidden: true }))
  await waitFor(() => expect(puts).toEqual([{ ...plain, saved: [{ name: '监测户', filter: { status: 'monitored' }, first: true }] }]))
  cleanup()
  const applied = tools({})
  await waitFor(() => expect(applied).toHaveBeenCalledWith({ status: 'monitored' }))
  cleanup()
  const other = tools({ status: 'none' })
  await screen.findByRole('button', { name: '监测户' })
  expect(other).not.toHaveBeenCalled()
})
