// Every page of the application, at both sizes: it opens without a fault, fits the screen, and axe finds nothing serious.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Person, today } from './person.mjs'

/** The pages by who opens them. `{case}` and the like stand for what the account finds. A page of router.tsx that is missing here fails. */
const seen = {
  nobody: ['/login', '/public/villages/{village}'],
  cadre: ['/desk', '/', '/done', '/started', '/copies', '/persons', '/bulk-jobs', '/messages/settings', '/signing', '/households/{household}', '/households/{household}/open/risk_clue', '/households/{household}/forms/f1', '/forms', '/forms/{record}', '/forms/new/f6a?region=%22{village}%22', '/absences'],
  township: ['/desk', '/', '/map', '/papers', '/open/rectification?programme={programme}'],
  county: ['/desk', '/map', '/wall/programmes/{programme}', '/cases', '/cases/{case}', '/households', '/programmes', '/programmes/{programme}', '/figures', '/departments', '/runs', '/runs/{run}', '/rules', '/policy', '/messages', '/audit', '/account'],
  auditor: ['/desk', '/audit', '/audit?pattern=too_fast', '/cases'],
  sysadmin: ['/desk', '/robots', '/accounts', '/accounts/{account}', '/admin-requests', '/regions'],
  logadmin: ['/admin-acts', '/access-log'],
}

export const pages = [
  ['every page is in the list of pages', everyRoute],
  ['no page has a serious fault of accessibility', (shared) => everyPage(shared, false)],
  ['and every page fits a phone', (shared) => everyPage(shared, true)],
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
    case: await first(p, '/cases'),
    run: await first(p, '/runs', { kind: 'quality', region_code: '999901' }),
    programme: await first(p, '/programmes', { title: '各页面核对', region_code: '999901101', source_paper: '文件', plan: '方案', phases: [], events: [], cut_off: today }),
  }))
  const cadre = await at('cadre', async (p) => {
    const household = await first(p, '/households')
    return { household, record: await first(p, '/form-records', { form: 'f1', household_id: household, period: today.slice(0, 7), answers: {} }), village: (await p.api('GET', '/me')).grants[0].region_code }
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
  for (const [login, paths] of Object.entries(seen)) {
    const p = await enter(shared, login, phone)
    p.page.on('response', (r) => r.status() >= 400 && p.faults.push(`${r.status()} ${r.url()}`))
    for (const path of paths) {
      const url = path.replace(/\{(\w+)\}/g, (_, kind) => shared.things[kind])
      await p.go(url)
      await p.settled(path)
      await p.fitsTheScreen(path)
      await p.noSeriousFaults(`${login} ${path}`)
      await p.shot(`page-${phone ? 'phone' : 'desk'}-${login}${path.replace(/[^a-z]+/g, '-')}`)
    }
    await p.close()
  }
}
