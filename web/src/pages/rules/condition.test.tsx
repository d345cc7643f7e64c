import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { App } from 'antd'
import { useState } from 'react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { offers, typedAt, wordsOf } from './complete'
import { Condition } from './Condition'

const language = { names: [{ name: '人均收入', text: '元' }, { name: '家庭人口', text: '人' }, { name: '监测线', text: '元' }], cells: ['大病', '在校'], functions: ['any(成员, 条件)', 'all(成员, 条件)', 'abs(数)'], example: '人均收入 < 监测线' }
const words = wordsOf(language)

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(language), { headers: { 'Content-Type': 'application/json' } }))
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

it.each([
  ['人均', 2, { from: 0, typed: '人均' }],
  ['家庭人口 > 6 && 人', 13, { from: 12, typed: '人' }],
  ['any(成员, .大', 10, { from: 8, typed: '.大' }],
  ['any(成员, .', 9, { from: 8, typed: '.' }],
  ['收入1 > 2', 3, { from: 0, typed: '收入1' }],
  ['家庭人口 > 6', 8, undefined],
  ['村 == "人', 7, undefined],
  ['村 == "石桥" && 人', 14, { from: 13, typed: '人' }],
  ['', 0, undefined],
])('knows what is typed in %s', (text, caret, want) => expect(typedAt(text, caret)).toEqual(want))

it.each([
  ['人', ['人均收入', '家庭人口']],
  ['A', ['any(成员, 条件)', 'all(成员, 条件)', 'abs(数)']],
  ['.', ['.大病', '.在校']],
  ['.病', ['.大病']],
  ['收入', ['人均收入']],
  ['监测线', []],
  ['any', []],
  ['没有', []],
])('offers for %s what it may become', (typed, want) => expect(offers(words, typed).map((w) => w.text)).toEqual(want))

function Field() {
  const [value, setValue] = useState('')
  return (
    <>
      <label htmlFor="when">条件</label>
      <Condition id="when" value={value} onChange={setValue} />
    </>
  )
}

async function type(text: string) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <Field />
      </App>
    </QueryClientProvider>,
  )
  const area = screen.getByLabelText<HTMLTextAreaElement>('条件')
  fireEvent.change(area, { target: { value: text, selectionStart: text.length } })
  await screen.findByRole('listbox')
  return area
}

const selected = () => screen.getAllByRole('option').findIndex((o) => o.getAttribute('aria-selected') === 'true')

it('is filled in with the arrows and Enter', async () => {
  const area = await type('人口 > 1 && a')
  expect(selected()).toBe(0)
  fireEvent.keyDown(area, { key: 'ArrowDown' })
  expect(selected()).toBe(1)
  fireEvent.keyDown(area, { key: 'ArrowUp' })
  fireEvent.keyDown(area, { key: 'ArrowUp' })
  expect(selected()).toBe(2)
  expect(area.getAttribute('aria-activedescendant')).toBe('whenword2')
  fireEvent.keyDown(area, { key: 'ArrowDown' })
  expect(fireEvent.keyDown(area, { key: 'Enter' })).toBe(false) // no new line
  expect(area.value).toBe('人口 > 1 && any(')
  expect(screen.queryByRole('listbox')).toBeNull()
})

it('is closed with Escape, and Enter is a new line again', async () => {
  const area = await type('人')
  fireEvent.keyDown(area, { key: 'Escape' })
  expect(screen.queryByRole('listbox')).toBeNull()
  expect(fireEvent.keyDown(area, { key: 'Enter' })).toBe(true)
  expect(area.value).toBe('人')
})

it('leaves the keys alone while an input method composes', async () => {
  const area = await type('人')
  expect(fireEvent.keyDown(area, { key: 'Enter', isComposing: true })).toBe(true)
  expect(area.value).toBe('人')
})

it('is filled in with a click', async () => {
  const area = await type('any(成员, .')
  fireEvent.click(screen.getByRole('option', { name: /大病/ }))
  expect(area.value).toBe('any(成员, .大病')
})
