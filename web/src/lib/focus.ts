// Keeps the focus in the page. What had it may be taken away by the very act it was used for: a link by the page it leads
// to, a button by the form it opens. The browser then lets the focus fall to the document, and who works with the keyboard
// begins anew at the top. Here it goes to whatever opened the dialog that has closed, or else to the heading of the
// nearest part that is still there.

const HEADINGS = 'h1, h2'

/** What had the focus last, with all that is around it, and the same outside of dialogs. */
let last: Element[] = []
let under: Element[] = []
/** Whether the focus waits in the main part for its heading to come. */
let parked = false
let looking = false

const around = (el: Element): Element[] => (el.parentElement ? [el, ...around(el.parentElement)] : [el])
const focusable = (el: Element | undefined): el is HTMLElement => el instanceof HTMLElement && el.isConnected && el.offsetParent !== null

/** Puts the focus on what takes none by itself; the page stays where it is. */
function give(el: HTMLElement) {
  if (!el.hasAttribute('tabindex') && !el.matches('a[href], button, input, select, textarea, summary')) el.tabIndex = -1
  el.focus({ preventScroll: true })
}

/** The heading of the nearest part that is left. */
function heading(chain: Element[]): HTMLElement | undefined {
  for (const part of chain) {
    if (!part.isConnected) continue
    const found = [...part.querySelectorAll(HEADINGS)].find(focusable)
    if (found) return found
  }
  return undefined
}

function look() {
  looking = false
  const now = document.activeElement
  const main = document.querySelector('main')
  const lost = (now === null || now === document.body) && last[0]?.isConnected === false
  const waits = parked && now === main
  parked = false
  if (!lost && !waits) return
  const opener = last[0]?.closest('dialog') ? under[0] : undefined
  const to = lost && focusable(opener) ? opener : (heading(last) ?? main)
  if (!(to instanceof HTMLElement)) return
  const chain = last
  give(to)
  if (to !== main) return
  parked = true
  last = chain // so that the nearest heading is known when it comes
}

/** Watches over the focus of the whole application. */
export function keepFocus(): void {
  document.addEventListener('focusin', (e) => {
    if (!(e.target instanceof Element)) return
    parked = false
    last = around(e.target)
    if (!e.target.closest('dialog')) under = last
  })
  new MutationObserver(() => {
    if (looking) return
    looking = true
    // After whatever the new part does with the focus by itself.
    requestAnimationFrame(look)
  }).observe(document.body, { childList: true, subtree: true })
}
