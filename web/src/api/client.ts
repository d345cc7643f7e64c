import createClient, { type Middleware } from 'openapi-fetch'
import { ApiError } from './problem'
import type { paths } from './schema'
import type { Problem } from './types'
import { unattended } from '../lib/attended'
import { served, servedProblem } from '../i18n/served'
import { learnTime } from '../lib/now'

/** Called when the server no longer knows the session. */
let onSignedOut: () => void = () => {}
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback
}

const manners: Middleware = {
  onRequest({ request }) {
    request.headers.set('X-Requested-With', 'shouwang')
    if (unattended()) request.headers.set('X-Unattended', '1')
    return request
  },
  onResponse({ request, response }) {
    learnTime(response.headers)
    const signingIn = request.method === 'POST' && request.url.endsWith('/session')
    if (response.status === 401 && !signingIn) onSignedOut()
    return response
  },
}

export const api = createClient<paths>({ baseUrl: new URL('/api/v1', location.origin).href, credentials: 'same-origin', fetch: (r) => globalThis.fetch(r) })
api.use(manners)

interface Result<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The data of a successful answer; every other end is an ApiError. */
export async function unwrap<T>(pending: Promise<Result<T>>): Promise<T> {
  let result: Result<T>
  try {
    result = await pending
  } catch (err) {
    if (err instanceof DOMException && err.name === 'AbortError') throw err
    throw new ApiError(0, {})
  }
  const { data, error, response } = result
  if (response.ok) return served(data as T)
  const after = Number(response.headers.get('Retry-After'))
  throw new ApiError(response.status, servedProblem(problemOf(error)), after > 0 ? after : undefined)
}

function problemOf(body: unknown): Partial<Problem> {
  return body !== null && typeof body === 'object' ? body : {}
}
