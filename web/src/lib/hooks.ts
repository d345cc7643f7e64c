import { useEffect, useState } from 'react'
import { serverNow } from './now'

/** The server's present moment, renewed every half minute so that deadlines on an open page go on. */
export function useNow(): number {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 30_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** Whether the screen is a phone's. */
export function usePhone(): boolean {
  const query = '(max-width: 767px)'
  const [phone, setPhone] = useState(() => window.matchMedia(query).matches)
  useEffect(() => {
    const media = window.matchMedia(query)
    const tell = () => setPhone(media.matches)
    media.addEventListener('change', tell)
    return () => media.removeEventListener('change', tell)
  }, [])
  return phone
}

/** The title of the browser window. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · 守望` : '守望'
  }, [title])
}

/** A value that follows another after it has been still for a while, for search boxes. */
export function useSettled<T>(value: T, milliseconds = 350): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds)
    return () => clearTimeout(timer)
  }, [value, milliseconds])
  return settled
}
