// A person before the screen: one browser context, signed in as one account.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const PASSWORD = process.env.E2E_PASSWORD ?? 'shouwang-demo'
/** The password of an account made on the command line, which opens only the choice of another; and that other. */
export const FIRST = 'Jian-li-2026-qi'
export const OWN = 'Gai-guo-2026-hou'
/** The day in China, as date fields take it. */
export const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date())

const out = fileURLToPath(new URL('./out/', import.meta.url))

export async function openBrowser() {
  mkdirSync(out, { recursive: true })
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

/** Where a picture of that name goes. */
export const shotPath = (name) => `${out}${name}.png`

export class Person {
  /** What went wrong in the background: script errors, refused styles, requests to other hosts. */
  faults = []

  /** Hears every answer that a page gets. */
  static answered = () => {}

  /** Hears of every file that a link brought. */
  static downloaded = () => {}

  static async at(browser, base, { phone = false, script = true } = {}) {
    const context = await browser.newContext({
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      viewport: phone ? { width: 360, height: 740 } : { width: 1366, height: 768 },
      hasTouch: phone,
      isMobile: phone,
      javaScriptEnabled: script,
    })
    const one = new Person()
    one.base = base
    one.context = context
    one.page = await context.newPage()
    one.page.setDefaultTimeout(15_000)
    one.page.on('pageerror', (err) => one.faults.push(`script: ${err.message}`))
    one.page.on('console', (m) => {
      // An answer 4xx is told in the console too; the pages show it themselves.
      if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) one.faults.push(`console: ${m.text()}`)
    })
    one.page.on('response', (r) => Person.answered(r))
    one.page.on('download', (d) => Person.downloaded(d))
    one.page.on('request', (r) => {
      const url = new URL(r.url())
      if (url.protocol.startsWith('http') && url.origin !== base) one.faults.push(`outside: ${r.url()}`)
    })
    return one
  }

  /** Signs in and comes to the inbox; without a place to come back to it would be the desk. */
  async signIn(login) {
    await this.page.goto(`${this.base}/login?next=%2F`)
    await this.page.getByLabel('用户名').fill(login)
    await this.page.getByLabel('口令').fill(PASSWORD)
    await this.page.getByRole('button', { name: '登录' }).click()
    await this.page.getByRole('heading', { name: '我的待办' }).waitFor()
    return this
  }

  /** Signs in, whatever page comes first. */
  async enter(login, password = PASSWORD) {
    await this.knock(login, password)
    await this.page.locator('.account').waitFor()
    return this
  }

  /** Types name and password; what comes then is the story's. */
  async knock(login, password) {
    await this.go('/login')
    await this.fill('用户名', login)
    await this.fill('口令', password)
    await this.page.getByRole('button', { name: /^登\s?录$/ }).click()
  }

  /** Waits until the page shows what it is about, and nothing is being fetched for it. */
  async settled(where) {
    const shown = () => document.querySelector('h1') && !document.querySelector('.ant-spin-spinning') && !document.body.innerText.includes('正在载入')
    await this.page.waitForFunction(shown).catch((err) => assert.fail(`${where}: ${err.message}`))
  }

  /** Signs in for the first time with an account made on the command line. */
  async firstSignIn(login) {
    await this.page.goto(`${this.base}/login`)
    await this.fill('用户名', login)
    await this.fill('口令', FIRST)
    await this.page.getByRole('button', { name: /^登\s?录$/ }).click()
    await this.fill('新口令', OWN)
    await this.fill('再输入一次', OWN)
    await this.page.getByRole('button', { name: '更换口令' }).click()
    await this.page.locator('.account').waitFor()
    return this
  }

  async go(path) {
    await this.page.goto(this.base + path)
  }

  async shot(name, fullPage = true) {
    await this.page.screenshot({ path: shotPath(name), fullPage })
  }

  /** Opens the form of an event from the case page. */
  async choose(event) {
    await this.page.locator(`[data-event=${event}]`).click()
    await this.page.locator('.form-foot').waitFor()
  }

  /** Hands the form in and waits for the word of success. */
  async handIn() {
    await this.page.locator('.form-foot button[type=submit]').click()
    await this.page.getByRole('heading', { name: /办理成功/ }).waitFor()
  }

  async upload(field, name = `${field}.png`) {
    await this.page.locator(`input[type=file][data-field=${field}]`).setInputFiles({ name, mimeType: 'image/png', buffer: PNG })
    await this.page.getByRole('button', { name: `移除 ${name}` }).waitFor()
  }

  async check(label) {
    await this.page.getByLabel(label, { exact: true }).check()
  }

  async fill(label, text) {
    await this.page.getByLabel(label, { exact: true }).fill(text)
  }

  /** Chooses from a list to open, or among what is shown at once. */
  async pick(label, option) {
    const group = this.page.getByRole('radiogroup', { name: label, exact: true })
    if (await group.count()) return group.getByLabel(option, { exact: true }).check()
    await this.page.getByLabel(label, { exact: true }).click()
    await this.page.getByTitle(option, { exact: true }).click()
  }

  /** Chooses the place that a case is about. */
  async choosePlace(name) {
    await this.page.getByLabel('针对的村、乡镇或县').click()
    await this.page.getByTitle(name, { exact: true }).last().click()
    await this.page.locator('.form-foot').waitFor()
  }

  /** Chooses today in a date field that has the focus rules of the desktop. */
  async date(label, day) {
    const input = this.page.getByLabel(label, { exact: true })
    await input.fill(day)
    await input.press('Enter')
  }

  /** Asks the server as the page does, for what a story only prepares. */
  async api(method, path, body) {
    const { status, text } = await this.page.evaluate(
      async ([m, to, data]) => {
        const headers = { 'X-Prepared': '1', 'X-Requested-With': 'shouwang', 'Idempotency-Key': crypto.randomUUID(), ...(data === undefined ? {} : { 'Content-Type': 'application/json' }) }
        const answer = await fetch(`/api/v1${to}`, { method: m, headers, body: data === undefined ? undefined : JSON.stringify(data) })
        return { status: answer.status, text: await answer.text() }
      },
      [method, path, body],
    )
    assert.ok(status < 300, `${method} ${path}: ${status} ${text}`)
    return JSON.parse(text)
  }

  /** Carries out an event, as the page proposes it: under which post, and for whom it is written down. */
  async fire(id, event, form) {
    const { seq, items } = await this.api('GET', `/cases/${id}/events/allowed`)
    const o = items.find((x) => x.event === event)
    return this.api('POST', `/cases/${id}/events`, { event, expected_seq: seq, form, role: o?.role, on_behalf: o?.on_behalf || undefined })
  }

  /** Uploads a picture to a case; gives its number. */
  async attach(id, kind) {
    const { status, text } = await this.page.evaluate(
      async ([of, what, picture]) => {
        const data = new FormData()
        data.set('kind', what)
        data.set('file', new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0)), what], { type: 'image/png' }), `${what}.png`)
        const answer = await fetch(`/api/v1/cases/${of}/attachments`, { method: 'POST', headers: { 'X-Prepared': '1', 'X-Requested-With': 'shouwang', 'Idempotency-Key': crypto.randomUUID() }, body: data })
        return { status: answer.status, text: await answer.text() }
      },
      [id, kind, PNG.toString('base64')],
    )
    assert.ok(status < 300, `attach ${kind}: ${status} ${text}`)
    return JSON.parse(text).id
  }

  async fitsTheScreen(where = 'the page') {
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    assert.ok(over <= 0, `${where} is ${over} px wider than the screen`)
  }

  /** Runs axe over the page: WCAG 2.1 A and AA, faults called serious or critical. */
  async noSeriousFaults(where) {
    await this.page.evaluate(axe)
    const found = await this.page.evaluate(async () => {
      const { violations } = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })
      return violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(' | ')}`)
    })
    assert.deepEqual(found, [], where)
  }

  async close() {
    await this.context.close()
    assert.deepEqual(this.faults, [])
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A one-pixel picture. */
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
