import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { UsualOpinions } from './UsualOpinions'

let kept: string[]

beforeEach(() => {
  kept = ['材料齐全。']
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.method === 'PUT') kept = ((await r.json()) as { items: string[] }).items
    return new Response(JSON.stringify({ items: kept }), { headers: { 'Content-Type': 'application/json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

function show(value: string) {
  const chosen = vi.fn()
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <UsualOpinions value={value} onChange={chosen} />
      </App>
    </QueryClientProvider>,
  )
  return chosen
}

it('offers my own opinions before those that everybody writes', async () => {
  const chosen = show('')
  fireEvent.click(await screen.findByRole('button', { name: '材料齐全。' }))
  expect(chosen).toHaveBeenCalledWith('材料齐全。')
  const all = screen.getAllByRole('button').map((b) => b.textContent)
  expect(all.indexOf('材料齐全。')).toBeLessThan(all.indexOf('同意。'))
  expect(screen.queryByRole('button', { name: '存为常用意见' })).toBeNull()
})

it('keeps a new one first, and never what is known, empty or too long', async () => {
  show(' 情况属实，拟同意。 ')
  fireEvent.click(await screen.findByRole('button', { name: '存为常用意见' }))
  await screen.findByRole('button', { name: '情况属实，拟同意。' })
  expect(kept).toEqual(['情况属实，拟同意。', '材料齐全。'])
  for (const text of ['材料齐全。', '同意。', '  ', '长'.repeat(501)]) {
    cleanup()
    show(text)
    await screen.findByRole('button', { name: '材料齐全。' })
    expect(screen.queryByRole('button', { name: '存为常用意见' })).toBeNull()
  }
})
