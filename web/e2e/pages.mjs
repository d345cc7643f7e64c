// Every page of the application, at both sizes: it opens without a fault, fits the screen, and axe finds nothing serious.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DESK, firstAct, holds, IMAGES, inTwiceTheText, looked, PHONE, picture, zoomed } from './looks.mjs'
import { Person, today } from './person.mjs'
import { atDesk, doable, FORM, homesOf, Phone } from './phone.mjs'

/**
 * The pages by who opens them. `{case}` and the like stand for what the account finds. A page of router.tsx that is missing here
 * fails. With --write each becomes a picture of the guide, at both sizes; guide_test.go says that the guide names it.
 */
const seen = {
  nobody: ['/login', '/public/villages/{village}'],
  grid: ['/desk', '/households'],
  cadre: ['/desk', '/', '/done', '/started', '/copies', '/persons', '/bulk-jobs', '/messages/settings', '/signing', '/households/{household}', '/households/{household}/open/risk_clue', '/households/{household}/forms/f1', '/cases/{case}', '/cases/{case}?tab=flow', '/cases/{case}?tab=clocks', '/forms', '/forms/{record}', '/forms/new/f6a?region=%22{village}%22', '/absences'],
  first: ['/residency'],
  township: ['/desk', '/', '/exports', '/households/import', '/map', '/papers', '/residency', '/open/rectification?programme={number}'],
  linked: ['/desk'],
  county: ['/desk', '/map', '/wall/programmes/{programme}', '/cases', '/cases/{case}', '/households', '/programmes', '/programmes/{programme}', '/figures', '/departments', '/runs', '/runs/{run}', '/rules', '/policy', '/open/campaign', '/messages', '/audit', '/account'],
  dept_civil_affairs: ['/desk', '/departments'],
  auditor: ['/desk', '/audit', '/audit?pattern=too_fast', '/cases'],
  sysadmin: ['/desk', '/robots', '/accounts', '/accounts/{account}', '/roles?role=township_office', '/admin-requests', '/regions', '/form-library', '/form-library?form=f3%401', '/calendar'],
  secadmin: ['/desk', '/policy'],
  logadmin: ['/admin-acts', '/access-log'],
}

/** The longest that all pictures of the guide may be together, bytes. */
const ROOM = 8 * 1024 * 1024

export const pages = [
  ['every page is in the list of pages', everyRoute],
  ['no page has a serious fault of accessibility; at 200 % nothing sticks out, and what it is for can be reached', (shared) => everyPage(shared, false)],
  ['and every page fits a phone', (shared) => everyPage(shared, true)],
  ['in the largest text nothing sticks out on a desk', largeText],
  ['no page of the phone in the field has a serious fault; enlarged or in twice the text nothing sticks out', everyPocketPage],
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
  const { no: number } = await at('county', async (p) => (await p.api('GET', '/programmes?limit=1')).items[0])
  return { ...county, ...cadre, number, account: await at('sysadmin', (p) => first(p, '/accounts')) }
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

const addressOf = ({ things: of }, path) => path.replace(/\{(\w+)\}/g, (_, kind) => of[kind])

async function onePage(shared, p, login, path, phone) {
  await p.go(addressOf(shared, path))
  await looked(shared, p, pictureOf(login, path), path, phone)
}

/** The widest pages by who opens them: where there are tables, forms and charts. */
const wide = {
  cadre: ['/', '/households/{household}', '/households/{household}/forms/f1', '/cases/{case}'],
  county: ['/desk', '/wall/programmes/{programme}', '/figures'],
  sysadmin: ['/accounts'],
}

async function largeText(shared) {
  shared.things ??= await things(shared)
  const faults = []
  for (const [login, paths] of Object.entries(wide)) {
    const p = await enter(shared, login)
    await p.page.setViewportSize(DESK)
    await p.page.locator('.account summary').click()
    await p.page.getByRole('button', { name: '特大', exact: true }).click()
    for (const path of paths) {
      await p.go(addressOf(shared, path))
      await p.settled(path)
      await holds(p.page, `${login} ${path} in large text`, firstAct).catch((err) => faults.push(err.message))
      assert.equal(await p.page.evaluate(() => getComputedStyle(document.documentElement).fontSize), '20px')
      await p.shot(`page-large-${pictureOf(login, path)}`)
    }
    await p.close()
  }
  assert.deepEqual(faults, [])
}

/** The pages of the phone in the field, below /m/, with what shows that each is there. */
const pocket = [
  ['tasks/{case}', '.acts .main'],
  ['tasks/{case}/{event}', 'main form'],
  ['households', '[data-list=households] li'],
  ['households/{household}', '.facts'],
  ['households/{household}/forms/f3', 'main form'],
  ['queue', '[data-entry=waiting]'],
  ['queue/{entry}', 'main .panel'],
  ['me', '.sizes'],
  ['', '.taken[role=status]'], // by now all is taken along
]

async function everyPocketPage(shared) {
  const desk = await atDesk(shared, 'cadre')
  const [home, other] = await homesOf(desk)
  const { task, step } = await doable(desk, (await desk.api('GET', '/tasks?procedure=visit_task&limit=30')).items)
  await desk.close()
  const p = await (await Phone.new(shared.base)).on()
  const faults = []
  try {
    await p.open('cadre')
    await p.takeAlong(FORM)
    await p.page.route('**/api/v1/form-records', (r) => r.abort('internetdisconnected')) // the form that is filled in waits to be sent
    await p.begin(other)
    await p.fill('104.1')
    await p.finishFilling()
    const entry = await p.page.locator('[data-entry] a').getAttribute('href')
    const of = { household: home.id, case: task.case_id, event: step.event, entry: entry.split('/').at(-1) }
    for (const [path, ready] of pocket) await onePocketPage(shared, p, of, path, ready).catch((err) => faults.push(`/m/${path} ${err.message}`))
    assert.deepEqual([...faults, ...p.faults], [])
  } finally {
    await p.off()
  }
}

async function onePocketPage(shared, p, of, path, ready) {
  await p.go(addressOf({ things: of }, path))
  await p.page.locator(ready).first().waitFor()
  const name = pictureOf('cadre', `/m/${path}`.replace(/\/$/, ''))
  await p.shot(`page-phone-${name}`)
  await picture(shared, p.page, `phone/${name}`)
  await p.fits(path)
  const act = (page) => page.locator('main :is(button.main, a.button.main, a.row, button):visible:not(:disabled)')
  await inTwiceTheText(p.page, path, act)
  await p.shot(`page-twice-${name}`)
  await zoomed(p.page, path, act)
}

/** The name of a picture: who sees it and where, as guide_test.go reads it. */
const pictureOf = (login, path) => `${login}-${(path === '/' ? 'inbox' : path.replace(/=?(%22)?\{(\w+)\}(%22)?/g, (found, _, kind) => (found.startsWith('=') ? '' : kind)).slice(1)).replace(/[^a-z0-9_]+/g, '-')}`

function smallPictures() {
  const size = readdirSync(IMAGES, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).reduce((sum, f) => sum + statSync(join(f.parentPath, f.name)).size, 0)
  assert.ok(size <= ROOM, `the pictures of the guide are ${size} bytes`)
}
