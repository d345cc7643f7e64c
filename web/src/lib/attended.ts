/**
 * Whether somebody has touched the page of late. A page that renews itself asks the server when nobody is there; such
 * requests say so, and the session ends as if they had not been.
 */
const ALONE_AFTER = 120_000

let touched = Date.now()

export function watchHands(): void {
  for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart']) window.addEventListener(event, () => (touched = Date.now()), { passive: true, capture: true })
}

/** Nobody has touched the page for two minutes. */
export const unattended = (): boolean => Date.now() - touched > ALONE_AFTER
