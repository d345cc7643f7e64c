import { useSyncExternalStore } from 'react'
import { sizes, type TextSize } from '../theme'

const NAME = 'shouwang-text-size'
const listeners = new Set<() => void>()

function read(): TextSize {
  try {
    const kept = localStorage.getItem(NAME)
    return kept && kept in sizes ? (kept as TextSize) : 'standard'
  } catch {
    return 'standard'
  }
}

let current = read()
apply()

function apply(): void {
  document.documentElement.style.fontSize = `${sizes[current]}px`
}

/** Chooses the text size for this device. */
export function setTextSize(size: TextSize): void {
  current = size
  apply()
  try {
    localStorage.setItem(NAME, size)
  } catch {
    // it holds until the page is closed
  }
  for (const tell of listeners) tell()
}

/** The present text size. */
export function useTextSize(): TextSize {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
    () => current,
  )
}
