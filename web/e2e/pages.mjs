// Every page of the application, at both sizes: it opens without a fault, fits the screen, and axe finds nothing serious.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Person, today } from './person.mjs'

/**
 * The pages by who opens them. `{case}` and the like stand for what the account finds. A page of router.tsx that is missing here
 * fails. With --write each becomes a picture of the guide, at both sizes; guide_test.go says that the guide names it.
 */
const seen = {
  nobody: ['/login', '/public/villages/{village}'],
  grid: ['/desk', '/households'],
  cadre: ['/desk', '/', '/done', '/started', '/copies', '/persons', '/bulk-jobs', '/messages/settings', '/signing', '/households/{household}', '/households/{household}/open/risk_clue', '/households/{household}/forms/f1', '/cases/{case}', '/cases/{case}?tab=flow', '/cases/{case}?tab=clocks', '/forms', '/forms/{record}', '/forms/new/f6a?region=%22{village}%22', '/absences'],
  first: ['/residency'],
  township: ['/desk', '/', '/exports', '/households/import', '/map', '/papers', '/residency', '/open/rectification?programme={programme}'],
  linked: ['/desk'],
  county: ['/desk', '/map', '/wall/programmes/{programme}', '/cases', '/cases/{case}', '/households', '/programmes', '/programmes/{programme}', '/figures', '/departments', '/runs', '/runs/{run}', '/rules', '/policy', '/open/campaign', '/messages', '/audit', '/account'],
  dept_civil_affairs: ['/desk', '/departments'],
  auditor: ['/desk', '/audit', '/audit?pattern=too_fast', '/cases'],
  sysadmin: ['/desk', '/robots', '/accounts', '/accounts/{account}', '/roles?role=township_office', '/admin-requests', '/regions', '/form-library', '/form-library?form=f3%401', '/calendar'],
  secadmin: ['/desk', '/policy'],
  logadmin: ['/admin-acts', '/access-log'],
}

const DESK = { width: 1280, height: 800 }
const PHONE = { width: 360, height: 740 }
/** What is left of a desk when it is enlarged to twice its size. */
const ZOOMED = { width: 640, height: 400 }
/** The longest that all pictures of the guide may be together, bytes. */
const ROOM = 8 * 1024 * 1024

export const pages = [
  ['every page is in the list of pages', everyRoute],
  ['no page has a serious fault of accessibility; at 200 % nothing sticks out, and what it is for can be reached', (shared) => everyPage(shared, false)],
  ['and every page fits a phone', (shared) => everyPage(shared, true)],
  ['the pictures of the guide are small', smallPictures],
]

function everyRoute() {
  const router = readFileSync(new URL('../src/router.tsx', import.meta.url), 'utf8')
  const paths = [...router.matchAll(/\bpath: '([^']+)'/g)].map((m) => m[1])
  assert.ok(paths.length > 30, 'the pages are read from the router')
  const visited = Object.values(seen).flat().map((path) => path.split('?')[0])
  const missing = paths.filter((path) => {
    const shape = new RegExp(`^${path.replace(/\$\w+/g, '[^/]+')}$`)
    return !visited.some((v) => shape.test(v))
  })
  assert.deepEqual(missing, [])
}

/** One thing of each kind, made when nobody has made one before. */
async function things(shared) {
  const at = async (login, work) => {
    const p = await enter(shared, login)
    const found = await work(p)
    await p.close()
    return found
  }
  const first = async (p, path, body) => {
    const there = (await p.api('GET', `${path}?limit=1`)).items[0]
    const one = there ?? (body && (await p.api('POST', path, body)))
    assert.ok(one, `there is nothing of ${path}`)
    return one.id ?? one.item.id
  }
  const county = await at('county', async (p) => ({
    run: await first(p, '/runs', { kind: 'quality', region_code: '999901' }),
    programme: await first(p, '/programmes', { title: '各页面核对', region_code: '999901101', source_paper: '文件', plan: '方案', phases: [], events: [], cut_off: today }),
  }))
  const cadre = await at('cadre', async (p) => {
    const household = await first(p, '/households')
    return { household, case: await first(p, '/cases'), record: await first(p, '/form-records', { form: 'f1', household_id: household, period: today.slice(0, 7), answers: {} }), village: (await p.api('GET', '/me')).grants[0].region_code }
  })
  return { ...county, ...cadre, account: await at('sysadmin', (p) => first(p, '/accounts')) }
}

async function enter({ browser, base }, login, phone = false) {
  const p = await Person.at(browser, base, { phone })
  if (login !== 'nobody') await p.enter(login)
  return p
}

async function everyPage(shared, phone) {
  shared.things ??= await things(shared)
  const faults = []
  for (const [login, paths] of Object.entries(seen)) {
    const p = await enter(shared, login, phone)
    await p.page.setViewportSize(phone ? PHONE : DESK)
    p.page.on('response', (r) => r.status() >= 400 && p.faults.push(`${r.status()} ${r.url()}`))
    for (const path of paths) await onePage(shared, p, login, path, phone).catch((err) => faults.push(`${login} ${err.message}`))
    await p.close()
  }
  assert.deepEqual(faults, [])
}

async function onePage(shared, p, login, path, phone) {
  const url = path.replace(/\{(\w+)\}/g, (_, kind) => shared.things[kind])
  await p.go(url)
  await p.settled(path)
  await p.fitsTheScreen(path)
  await p.noSeriousFaults(`${login} ${path}`)
  if (path.includes('tab=')) await p.page.locator('.ant-tabs').evaluate((tabs) => tabs.scrollIntoView())
  await p.shot(`page-${phone ? 'phone' : 'desk'}-${pictureOf(login, path)}`)
  if (shared.write) await p.page.screenshot({ path: fileURLToPath(new URL(`${phone ? 'phone' : 'desk'}/${pictureOf(login, path)}.jpg`, IMAGES)), type: 'jpeg', quality: 70 })
  if (!phone) await zoomed(p, path).finally(() => p.page.setViewportSize(DESK))
}

const IMAGES = new URL('../../docs/images/', import.meta.url)

/** The name of a picture: who sees it and where, as guide_test.go reads it. */
const pictureOf = (login, path) => `${login}-${(path === '/' ? 'inbox' : path.replace(/=?(%22)?\{(\w+)\}(%22)?/g, (found, _, kind) => (found.startsWith('=') ? '' : kind)).slice(1)).replace(/[^a-z0-9_]+/g, '-')}`

/** Enlarged to 200 %: nothing sticks out save tables and maps in boxes of their own, and the first act can be reached. */
async function zoomed(p, path) {
  const where = `${path} at 200 %`
  await p.page.setViewportSize(ZOOMED)
  await p.settled(where)
  await p.fitsTheScreen(where)
  let beyond = await p.page.evaluate(stickingOut)
  for (let i = 0; i < 20 && beyond.length > 0; i++) { // the page may still be taking its new shape
    await p.page.waitForTimeout(100)
    beyond = await p.page.evaluate(stickingOut)
  }
  assert.deepEqual(beyond, [], where)
  const primary = p.page.locator('main :is(.ant-btn-primary, .ant-btn-color-primary.ant-btn-variant-solid):visible:not(:disabled)')
  const any = p.page.locator('main :is(a, button):visible:not(:disabled)')
  const act = (await primary.count()) > 0 ? primary : any // some pages only tell
  if ((await act.count()) > 0) await act.first().click({ trial: true }).catch((err) => assert.fail(`${where}: the act cannot be reached: ${err.message}`))
}

/** What reaches beyond the right edge and cannot be scrolled to. */
function stickingOut() {
  const scrolls = (el) => el !== document.body && (/auto|scroll/.test(getComputedStyle(el).overflowX) || (el.parentElement !== null && scrolls(el.parentElement)))
  const beyond = [...document.querySelectorAll('body *')].filter((el) => !el.closest('svg, .offscreen') && el.getBoundingClientRect().right > innerWidth + 1 && el.checkVisibility())
  return beyond.filter((el) => !scrolls(el)).slice(0, 3).map((el) => el.outerHTML.slice(0, 160))
}

function smallPictures() {
  const size = readdirSync(IMAGES, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).reduce((sum, f) => sum + statSync(join(f.parentPath, f.name)).size, 0)
  assert.ok(size <= ROOM, `the pictures of the guide are ${size} bytes`)
}
