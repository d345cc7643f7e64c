// How a page looks: enlarged to twice its size, in large text, and in the pictures of the guide.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'

export const DESK = { width: 1280, height: 800 }
export const PHONE = { width: 360, height: 740 }
/** What is left of a desk when it is enlarged to twice its size. */
const ZOOMED = { width: 640, height: 400 }

/** Where the pictures of the guide stand: the guide names them, as guide_test.go says. */
export const IMAGES = new URL('../../docs/images/', import.meta.url)

/** Takes a picture for the guide when pictures are to be written. */
export async function picture({ write }, page, name) {
  if (write) await page.screenshot({ path: fileURLToPath(new URL(`${name}.jpg`, IMAGES)), type: 'jpeg', quality: 70 })
}

/** Nothing sticks out save tables and maps in boxes of their own, and what the page is for can be reached. */
export async function holds(page, where, actOf) {
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  let beyond = await page.evaluate(stickingOut)
  for (let i = 0; i < 20 && beyond.length > 0; i++) { // the page may still be taking its new shape
    await page.waitForTimeout(100)
    beyond = await page.evaluate(stickingOut)
  }
  assert.deepEqual(beyond, [], where)
  assert.ok((await over()) <= 0, `${where} is ${await over()} px wider than the screen`)
  const act = await actOf(page)
  if ((await act.count()) > 0) await act.first().click({ trial: true }).catch((err) => assert.fail(`${where}: the act cannot be reached: ${err.message}`)) // some pages only tell
}

/** Enlarged to 200 % on a desk. */
export async function zoomed(page, where, actOf, settled = async () => {}) {
  const size = page.viewportSize()
  await page.setViewportSize(ZOOMED)
  try {
    await settled()
    await holds(page, `${where} at 200 %`, actOf)
  } finally {
    await page.setViewportSize(size)
  }
}

/** With text of twice its size, as a phone's own setting has it: the page's width stays. */
export async function inTwiceTheText(page, where, actOf) {
  const before = await page.evaluate(() => {
    const { style } = document.documentElement
    const size = style.fontSize
    style.fontSize = `${2 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)}px`
    return size
  })
  try {
    await holds(page, `${where} in twice the text`, actOf)
  } finally {
    await page.evaluate((size) => {
      document.documentElement.style.fontSize = size
    }, before)
  }
}

/** What reaches beyond the right edge and cannot be scrolled to. */
function stickingOut() {
  const scrolls = (el) => el !== document.body && (/auto|scroll/.test(getComputedStyle(el).overflowX) || (el.parentElement !== null && scrolls(el.parentElement)))
  const beyond = [...document.querySelectorAll('body *')].filter((el) => !el.closest('svg, .offscreen, .unseen') && el.getBoundingClientRect().right > innerWidth + 1 && el.checkVisibility())
  return beyond.filter((el) => !scrolls(el)).slice(0, 3).map((el) => el.outerHTML.slice(0, 160))
}

/**
 * One page at the size of a desk or a phone: it fits, axe finds nothing serious, and on a desk it holds at 200 %. It is kept as a
 * shot and, with --write, as a picture of the guide.
 */
export async function looked(shared, p, name, where, phone) {
  await p.settled(where)
  await p.fitsTheScreen(where)
  await p.noSeriousFaults(`${name} ${where}`)
  if (where.includes('tab=')) await p.page.locator('.ant-tabs').evaluate((tabs) => tabs.scrollIntoView())
  const kind = phone ? 'phone' : 'desk'
  await p.shot(`page-${kind}-${name}`)
  await picture(shared, p.page, `${kind}/${name}`)
  if (!phone) await zoomed(p.page, where, firstAct, () => p.settled(where))
}

/** What a page is for: its first act, or whatever can be pressed. */
export async function firstAct(page) {
  const primary = page.locator('main :is(.ant-btn-primary, .ant-btn-color-primary.ant-btn-variant-solid):visible:not(:disabled)')
  return (await primary.count()) > 0 ? primary : page.locator('main :is(a, button):visible:not(:disabled)')
}
