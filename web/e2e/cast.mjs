// The people of a long story, each before a screen of his own, on a server whose case clock runs fast.
import assert from 'node:assert/strict'
import { fill } from './fill.mjs'
import { OWN, Person } from './person.mjs'

/** How long something that the system does by itself is waited for. */
const PATIENCE = 90_000

/** The day in China of a moment, as date fields take it. */
const dayOf = (at) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(at)

export class Cast {
  people = new Map()

  /** At home or in the field they use a phone. */
  static onPhone = ['grid', 'surveyor', 'surveyor2', 'resident']

  constructor({ browser, base }) {
    Object.assign(this, { browser, base })
  }

  /** Somebody who has signed in; a new account chooses its password first. */
  async as(login, first = false) {
    const there = this.people.get(login)
    if (there) return there
    const p = await Person.at(this.browser, this.base, { phone: Cast.onPhone.includes(login) })
    p.page.setDefaultTimeout(45_000) // the server has a busy clock
    await (first ? p.firstSignIn(login) : login.startsWith('walk_') ? p.enter(login, OWN) : p.enter(login))
    this.people.set(login, p)
    return p
  }

  /** Reads as a page would: what is there to click on. */
  async read(login, path) {
    const p = await this.as(login)
    const answer = await p.context.request.get(`${this.base}/api/v1${path}`)
    assert.ok(answer.ok(), `${login} reads ${path}: ${answer.status()} ${await answer.text()}`)
    return answer.json()
  }

  /** The moment by the case clock, and a day counted from it. */
  async now() {
    const { headers } = await fetch(`${this.base}/api/v1/health`)
    return Date.parse(headers.get('x-case-time') ?? headers.get('date'))
  }

  async day(n = 0) {
    return dayOf((await this.now()) + n * 86_400_000)
  }

  /** Waits until something is so; gives it. */
  async until(what, ok) {
    const end = Date.now() + PATIENCE
    for (;;) {
      const found = await ok()
      if (found) return found
      assert.ok(Date.now() < end, `waited in vain for ${what}`)
      await new Promise((go) => setTimeout(go, 250))
    }
  }

  reaches = (login, id, state) => this.until(`${state} of ${id}`, async () => (await this.read(login, `/cases/${id}`)).summary.state === state)

  /** The open case of a procedure about a household, of which more may be asked. */
  openCase = (login, household, procedure, more = async () => true) =>
    this.until(procedure, async () => {
      // What nightly checks find wrong with a record can fill the first page by itself.
      const { items } = await this.read(login, `/households/${household}/cases?open=true&problems=${['rectification', 'data_issue'].includes(procedure)}`)
      for (const c of items) if (c.procedure === procedure && !c.final && (await more(c))) return c
      return undefined
    })

  /** Whether somebody may carry out an event now. */
  async may(login, id, event) {
    const { items } = await this.read(login, `/cases/${id}/events/allowed`)
    return items.some((e) => e.event === event && e.allowed)
  }

  /** A household about which no risk and no problem is known. */
  async free(login, fits) {
    const { items } = await this.read(login, '/households?status=none&limit=100')
    for (const h of items.filter(fits)) {
      const cases = (await this.read(login, `/households/${h.id}/cases?open=true`)).items
      if (cases.every((c) => c.final || !['risk_clue', 'identification', 'rectification'].includes(c.procedure))) return h
    }
    return assert.fail('no household is free')
  }

  /** Opens a case from the page of the household. */
  async open(login, household, procedure, answers) {
    const p = await this.as(login)
    await p.go(`/households/${household}`)
    await p.page.locator(`a[href$="/open/${procedure}"]`).click()
    await p.page.locator('.form-foot').waitFor()
    const { opening } = await this.read(login, `/procedures/${procedure}`)
    await fill(p.page, opening.form, answers, { today: await this.day() })
    await p.page.locator('.form-foot button[type=submit]').click()
    await told(p.page, p.page.getByRole('heading', { name: '现在可以办理' }))
    return new URL(p.page.url()).pathname.split('/').pop()
  }

  /** Carries out an event on the page of the case. */
  async act(login, id, event, answers = {}, { rest = true } = {}) {
    const p = await this.as(login)
    try {
      await p.go(`/cases/${id}`)
      await p.choose(event)
      const { items } = await this.read(login, `/cases/${id}/events/allowed`)
      await fill(p.page, items.find((x) => x.event === event).form, answers, { today: await this.day(), rest })
      await handIn(p.page)
      await p.page.goto('about:blank') // who has done his part does not follow what the others do
    } catch (err) {
      await p.shot(`failed-${login}-${event}`)
      throw new Error(`${login} ${event}: ${err.message}`, { cause: err })
    }
  }

  /** Signs under an event that somebody else carries out. */
  async sign(login, id, event) {
    const p = await this.as(login)
    try {
      await p.go(`/cases/${id}`)
      await p.page.locator(`[data-endorse=${event}]`).click()
      await p.page.getByRole('button', { name: '确认会签' }).click()
      await p.page.locator(`[data-endorse=${event}]`).waitFor({ state: 'detached' })
      await p.page.goto('about:blank')
    } catch (err) {
      await p.shot(`failed-${login}-${event}`)
      throw new Error(`${login} signs ${event}: ${err.message}`, { cause: err })
    }
  }

  async close() {
    for (const p of this.people.values()) await p.close()
  }
}

/** Hands the form in, and again while the page says that the case has moved meanwhile, as limits on a fast clock do. */
async function handIn(page) {
  const done = page.getByRole('heading', { name: /办理成功/ })
  const moved = page.getByText('请核对后再提交').first()
  const button = page.locator('.form-foot button[type=submit]')
  await button.click()
  for (let tries = 0; tries < 6; tries++) {
    await told(page, done.or(moved).first())
    if ((await done.count()) > 0) return
    await button.click({ timeout: 2_000 }).catch(() => {}) // it may have gone through all the same
    await done.waitFor({ timeout: 5_000 }).catch(() => {})
  }
  await told(page, done)
}

const faulty = 'form .ant-alert-error:visible, .ant-form-item-explain-error:visible'

/** Waits for the word of success, or says what the form says is wrong. */
export async function told(page, success) {
  await success.or(page.locator(faulty)).first().waitFor({ timeout: 45_000 })
  if (!(await success.count())) assert.fail((await page.locator(faulty).allInnerTexts()).join(' | '))
}
