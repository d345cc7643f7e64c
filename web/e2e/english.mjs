// The application in English: at the desk, for an administrator, and on the phone.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { PASSWORD, Person } from './person.mjs'

export const english = [
  ['English is chosen before signing in; lists, a case and a household are in it, and Chinese comes back', desk],
  ['an administrator’s pages in English', administrator],
  ['the phone page in English', phone],
]

const en = JSON.parse(readFileSync(new URL('../src/i18n/en.json', import.meta.url), 'utf8'))
/** What the application calls something, as its Chinese source has it. */
const say = (chinese) => en[chinese] ?? assert.fail(`no English for ${chinese}`)

/** Chooses English on the page of signing in. */
async function enter(shared, { phone: small = false, next = '' } = {}) {
  const p = await Person.at(shared.browser, shared.base, { phone: small })
  p.page.setDefaultTimeout(60_000)
  await p.go(`/login${next && `?next=${encodeURIComponent(next)}`}`)
  await p.page.getByRole('button', { name: 'English' }).click()
  await p.page.locator('html[lang=en]').waitFor()
  await p.page.getByRole('button', { name: say('登录'), exact: true }).waitFor()
  return p
}

async function signIn(p, login, password = PASSWORD) {
  await p.fill(say('用户名'), login)
  await p.fill(say('口令'), password)
  await p.page.getByRole('button', { name: say('登录'), exact: true }).click()
}

/** Names in an answer of the server: of people, places and what people have called something. */
function namesIn(part, found = new Set()) {
  if (Array.isArray(part)) for (const x of part) namesIn(x, found)
  else if (part !== null && typeof part === 'object')
    for (const [key, value] of Object.entries(part)) {
      if (typeof value === 'string' && /(^|_)name$|^(unit|group|brief|subject|subject_no)$/.test(key)) for (const word of value.split(/[\s·、（）]+/)) found.add(word)
      else namesIn(value, found)
    }
  return found
}

/** Words of the page that are still Chinese, without names. */
async function chineseOf(p, names) {
  const texts = await p.page.evaluate(() => {
    const seen = [...document.querySelectorAll('nav a, h1, h2, h3, button, th, label, summary, .ant-btn, [role=tab], [role=status]')].filter((e) => e.offsetParent !== null && e.lang !== 'zh-CN')
    return seen.flatMap((e) => [e.innerText, e.getAttribute('aria-label') ?? '', e.getAttribute('title') ?? '', e.getAttribute('placeholder') ?? ''])
  })
  const longest = [...names].filter(Boolean).sort((a, b) => b.length - a.length)
  return [...new Set(texts.map((text) => longest.reduce((t, name) => t.replaceAll(name, ''), text).trim()).filter((t) => /[\u3400-\u9fff]/.test(t)))]
}

/** Opens a page, takes down its Chinese, and finds no serious fault of accessibility and nothing wider than the screen. */
async function opens(p, path, names, shot) {
  await p.go(path)
  await p.settled(path)
  await p.page.waitForFunction((words) => !document.body.innerText.includes(words), say('正在载入……'))
  p.chinese = [...(p.chinese ?? []), ...(await chineseOf(p, names)).map((text) => `${path}: ${text}`)]
  await p.fitsTheScreen(path)
  await p.noSeriousFaults(path)
  await p.shot(`en-${shot}`)
}

async function desk(shared) {
  const p = await enter(shared)
  assert.deepEqual(await chineseOf(p, []), [], 'the page of signing in')
  await signIn(p, 'cadre', 'wrong-password')
  await p.page.getByRole('alert').waitFor()
  assert.doesNotMatch(await p.page.getByRole('alert').first().innerText(), /[\u3400-\u9fff]/, 'a refusal is said by its code')
  await p.noSeriousFaults('/login')
  await p.shot('en-login')
  await signIn(p, 'cadre')
  await p.page.locator('.account').waitFor()
  const me = await p.api('GET', '/me')
  const tasks = await p.api('GET', '/tasks?limit=100')
  const households = await p.api('GET', '/households?limit=100')
  const names = namesIn([me, tasks, households, await p.api('GET', '/regions'), await p.api('GET', '/cases?limit=100')])
  names.add(me.user.name)
  assert.ok(tasks.items.length > 0 && households.items.length > 0)
  const one = tasks.items.find((t) => t.household_id ?? t.household) ?? tasks.items[0]
  const household = households.items[0].id
  const of = namesIn([await p.api('GET', `/cases/${one.case_id}`), await p.api('GET', `/households/${household}`), await p.api('GET', `/households/${household}/members`)])
  for (const name of of) names.add(name)
  await opens(p, '/desk', names, 'desk')
  await opens(p, '/', names, 'inbox')
  await opens(p, `/cases/${one.case_id}`, names, 'case')
  await opens(p, '/households', names, 'households')
  await opens(p, `/households/${household}`, names, 'household')
  await p.page.locator('.account summary').click()
  await p.shot('en-menu', false)
  assert.deepEqual(p.chinese, [])
  await p.page.getByRole('button', { name: '中文', exact: true }).click()
  await p.page.locator('html[lang=zh-CN]').waitFor()
  await p.page.getByRole('link', { name: '农户', exact: true }).waitFor()
  await p.close()
}

async function administrator(shared) {
  const p = await enter(shared)
  await signIn(p, 'sysadmin')
  await p.page.locator('.account').waitFor()
  const names = namesIn([await p.api('GET', '/me'), await p.api('GET', '/accounts?limit=100'), await p.api('GET', '/regions')])
  await opens(p, '/accounts', names, 'accounts')
  await opens(p, '/policy', names, 'policy')
  assert.deepEqual(p.chinese, [])
  await p.close()
}

async function phone(shared) {
  const p = await enter(shared, { phone: true, next: '/m/' })
  await signIn(p, 'cadre')
  await p.page.locator('[data-list=tasks] li').first().waitFor()
  await p.page.locator('html[lang=en]').waitFor()
  const names = namesIn([await p.api('GET', '/me'), await p.api('GET', '/tasks?limit=100'), await p.api('GET', '/regions')])
  for (const [path, ready, shot] of [['', '[data-list=tasks] li', 'm-tasks'], ['households', 'select', 'm-households'], ['queue', '[role=status]', 'm-queue'], ['me', '.sizes', 'm-me']]) {
    await p.go(`/m/${path}`)
    await p.page.locator(ready).first().waitFor()
    assert.deepEqual(await chineseOf(p, names), [], path)
    await p.fitsTheScreen(`/m/${path}`)
    await p.noSeriousFaults(`/m/${path}`)
    await p.shot(`en-${shot}`)
  }
  await p.page.getByRole('button', { name: '中文', exact: true }).click()
  await p.page.getByRole('heading', { level: 1, name: '我的' }).waitFor()
  await p.close()
}
