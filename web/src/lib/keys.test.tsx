import { cleanup, fireEvent, render, renderHook, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { setKeysOn, shortcutsNow, step, useKeyboard, useShortcut } from './keys'

afterEach(() => {
  cleanup()
  localStorage.clear()
  vi.useRealTimers()
})

function Page({ next, desk }: { next: () => void; desk: () => void }) {
  useKeyboard()
  useShortcut('n', '下一件', next)
  useShortcut('g w', '工作台', desk)
  return (
    <main id="main">
      <input aria-label="姓名" />
      <input type="checkbox" aria-label="选择" />
      <textarea aria-label="意见" />
    </main>
  )
}

it('acts on a key, and on two one after the other, but never where one types', () => {
  const next = vi.fn()
  const desk = vi.fn()
  render(<Page next={next} desk={desk} />)
  fireEvent.keyDown(document.body, { key: 'n' })
  fireEvent.keyDown(screen.getByLabelText('选择'), { key: 'N' })
  expect(next).toHaveBeenCalledTimes(2)
  for (const label of ['姓名', '意见']) fireEvent.keyDown(screen.getByLabelText(label), { key: 'n' })
  for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { isComposing: true }]) fireEvent.keyDown(document.body, { key: 'n', ...held })
  expect(next).toHaveBeenCalledTimes(2)
  fireEvent.keyDown(document.body, { key: 'w' })
  expect(desk).not.toHaveBeenCalled()
  fireEvent.keyDown(document.body, { key: 'g' })
  fireEvent.keyDown(document.body, { key: 'w' })
  expect(desk).toHaveBeenCalledTimes(1)
})

it('forgets the first of two keys after a while', () => {
  vi.useFakeTimers()
  const desk = vi.fn()
  render(<Page next={vi.fn()} desk={desk} />)
  fireEvent.keyDown(document.body, { key: 'g' })
  vi.advanceTimersByTime(1501)
  fireEvent.keyDown(document.body, { key: 'w' })
  expect(desk).not.toHaveBeenCalled()
})

it('is silent while a dialog is open, and when switched off', () => {
  const next = vi.fn()
  render(<Page next={next} desk={vi.fn()} />)
  const dialog = document.createElement('dialog')
  dialog.setAttribute('open', '')
  document.body.append(dialog)
  fireEvent.keyDown(document.body, { key: 'n' })
  dialog.remove()
  setKeysOn(false)
  fireEvent.keyDown(document.body, { key: 'n' })
  expect(next).not.toHaveBeenCalled()
  setKeysOn(true)
  fireEvent.keyDown(document.body, { key: 'n' })
  expect(next).toHaveBeenCalledTimes(1)
})

it('offers a shortcut only while what it belongs to is shown', () => {
  const { unmount, rerender } = renderHook(({ on }) => useShortcut('n', '下一件', vi.fn(), on), { initialProps: { on: true } })
  expect(shortcutsNow().map((s) => s.title)).toEqual(['下一件'])
  rerender({ on: false })
  expect(shortcutsNow()).toEqual([])
  rerender({ on: true })
  unmount()
  expect(shortcutsNow()).toEqual([])
})

it('goes from line to line and stops at both ends', () => {
  render(
    <main id="main">
      <table className="list">
        <tbody>
          <tr>
            <td>
              <a className="main-link" href="#a">
                a
              </a>
              <button type="button">领取</button>
            </td>
          </tr>
          <tr>
            <td>
              <a className="main-link" href="#b">
                b
              </a>
            </td>
          </tr>
        </tbody>
      </table>
    </main>,
  )
  for (const link of document.querySelectorAll('.main-link')) Object.defineProperty(link, 'offsetParent', { value: document.body })
  const at = () => document.activeElement?.textContent
  step(1)
  expect(at()).toBe('a')
  document.querySelector('button')?.focus()
  step(1)
  expect(at()).toBe('b') // from a button of the first line to the second
  step(1)
  expect(at()).toBe('b')
  step(-1)
  step(-1)
  expect(at()).toBe('a')
})
