import { useMemo } from 'react'
import type { Me } from '../api/types'
import { formatDate } from '../lib/dates'

/** Who looks, and on what day. */
export const markOf = (me: Me, now: number) => `${me.user.name} ${me.user.login ?? me.user.id.slice(-4)} ${formatDate(new Date(now).toISOString())}`

/**
 * Who looked at this screen and when, faintly over every page: a deterrent against
 * photographs, not a control. (antd's writes style attributes, which the page's
 * security policy refuses.)
 */
export function Watermark({ text }: { text: string }) {
  const image = useMemo(() => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="360" height="240"><text x="40" y="150" transform="rotate(-20 180 120)" font-size="15" font-family="sans-serif" fill="#1c2733" fill-opacity=".06">${escapeXml(text)}</text></svg>`
    return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`
  }, [text])
  return <div className="mark" aria-hidden style={{ backgroundImage: image }} />
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
