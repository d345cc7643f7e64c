import { type MouseEvent, type ReactNode, useEffect, useSyncExternalStore } from 'react'

// The few addresses of the phone, without a router's weight. All begin with /m/.

const HOME = '/m/'
const listeners = new Set<() => void>()
const tellAll = () => {
  for (const tell of listeners) tell()
}
window.addEventListener('popstate', tellAll)

const here = () => location.pathname.slice(HOME.length).replace(/\/$/, '')

/** Goes to a page of the phone: "" is the inbox, "households/ID" a household. */
export function go(to: string): void {
  history.pushState({}, '', HOME + to)
  window.scrollTo(0, 0)
  tellAll()
}

/** The parts of the present address after /m/. */
export function usePath(): string[] {
  const path = useSyncExternalStore((tell) => {
    listeners.add(tell)
    return () => listeners.delete(tell)
  }, here)
  return path === '' ? [] : path.split('/').map(decodeURIComponent)
}

export function Link({ to, children, className, current }: { to: string; children: ReactNode; className?: string; current?: boolean }) {
  const follow = (e: MouseEvent) => {
    if (e.metaKey || e.ctrlKey || e.shiftKey || e.button !== 0) return
    e.preventDefault()
    go(to)
  }
  return (
    <a href={HOME + to} className={className} aria-current={current ? 'page' : undefined} onClick={follow}>
      {children}
    </a>
  )
}

/** The heading of a page and the title of the window. */
export function Title({ children }: { children: string }) {
  useEffect(() => {
    document.title = `${children} · 守望`
  }, [children])
  return <h1>{children}</h1>
}
