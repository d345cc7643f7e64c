import { useEffect, useRef, useSyncExternalStore } from 'react'

// The keyboard. Keys without Ctrl are for those who want them: they do nothing while one types or a dialog is open, and can
// be switched off as a whole (WCAG 2.1.4), since speech input and a stray hand may press them.

/** A key, or two one after the other ("g d"), and what it does. */
export interface Shortcut {
  keys: string
  title: string
  run: () => void
}

const STORE = 'shouwang-keys'
const PAUSE = 1500

const shortcuts = new Map<string, Shortcut>()
const listeners = new Set<() => void>()
let first: { key: string; at: number } | undefined

const tell = () => listeners.forEach((l) => l())

/** Whether keys without Ctrl work on this device. */
export function keysOn(): boolean {
  try {
    return localStorage.getItem(STORE) !== 'off'
  } catch {
    return true
  }
}

export function setKeysOn(on: boolean): void {
  try {
    if (on) localStorage.removeItem(STORE)
    else localStorage.setItem(STORE, 'off')
  } catch {
    // Then it holds until the page is left.
  }
  tell()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useKeysOn = () => useSyncExternalStore(subscribe, keysOn)

/** All that the present page knows, in the order of appearance. */
export const shortcutsNow = (): Shortcut[] => [...shortcuts.values()]

/** Offers a shortcut while the component is shown. */
export function useShortcut(keys: string, title: string, run: () => void, enabled = true): void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => {
    if (!enabled) return
    const mine: Shortcut = { keys, title, run: () => latest.current() }
    shortcuts.set(keys, mine)
    return () => {
      // Another part of the page may have taken the key meanwhile.
      if (shortcuts.get(keys) === mine) shortcuts.delete(keys)
    }
  }, [keys, title, enabled])
}

/** Where letters are letters. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.closest('[role=combobox], [role=listbox], [role=slider], [role=menu]')) return true
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit', 'file'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

/** Takes one key press; true when it meant something. */
export function press(e: KeyboardEvent): boolean {
  if (e.defaultPrevented || e.isComposing || e.ctrlKey || e.metaKey || e.altKey || !keysOn()) return false
  if (typing(e.target) || document.querySelector('dialog[open]')) return false
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key
  const both = first && Date.now() - first.at < PAUSE ? `${first.key} ${key}` : ''
  first = undefined
  const found = shortcuts.get(both) ?? shortcuts.get(key)
  if (found) {
    e.preventDefault()
    found.run()
    return true
  }
  if ([...shortcuts.keys()].some((k) => k.startsWith(`${key} `))) first = { key, at: Date.now() }
  return false
}

/** Listens for the whole application. */
export function useKeyboard(): void {
  useEffect(() => {
    const listen = (e: KeyboardEvent) => void press(e)
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])
}

/** Moves the focus to the next or the former line of the list on the page. */
export function step(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('#main .list .main-link')].filter((l) => l.offsetParent !== null)
  if (links.length === 0) return
  const row = document.activeElement?.closest('tr')
  const at = links.findIndex((l) => l === document.activeElement || (row !== null && row !== undefined && row.contains(l)))
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1)
  links[next]?.focus()
}

/** Puts the focus into the search box of the page. */
export function search(): void {
  document.querySelector<HTMLElement>('#main .ant-input-search input, #main input[type=search]')?.focus()
}
