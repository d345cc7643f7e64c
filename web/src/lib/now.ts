/**
 * The present moment by the server, not by the device: deadlines must read the same
 * on a phone with a wrong clock. X-Case-Time (RFC 3339), when the server sends it, is
 * the case clock of a drill and goes before Date.
 */
let offset = 0

/** Learns the difference to the server's clock from the headers of any answer. */
export function learnTime(headers: Headers): void {
  const stated = headers.get('X-Case-Time') ?? headers.get('Date')
  const at = stated ? Date.parse(stated) : Number.NaN
  if (!Number.isNaN(at)) offset = at - Date.now()
}

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(): number {
  return Date.now() + offset
}
