import { afterEach, vi } from 'vitest'

// antd asks for these; happy-dom answers too little.
if (typeof window !== 'undefined') {
  window.matchMedia ??= vi.fn().mockReturnValue({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} })
}

afterEach(() => {
  localStorage.clear()
  vi.useRealTimers()
})
