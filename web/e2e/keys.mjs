import assert from 'node:assert/strict'
import { PASSWORD, Person, PNG, today } from './person.mjs'

/** The whole main job with no mouse: every act is a key, and the focus is told after each. It needs none of the others. */
export const keys = [['the whole main job by keyboard alone: sign in, find, open a clue, sign, confirm, go on to the next', mainJob]]

/** What shows that an element has the focus: its own ring, or that of the frame around an input. */
function ringOf(el) {
  const marked = (x) => {
    const s = getComputedStyle(x)
    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== 'none'
  }
  if (marked(el)) return true
  // antd draws it around its inputs, and beside those of its boxes and circles.
  const frame = el.closest('.ant-input-affix-wrapper, .ant-select, .ant-picker, .ant-input-number, .ant-checkbox-wrapper, .ant-radio-wrapper, .ant-checkbox, .ant-radio')
  return frame !== null && [frame, ...frame.querySelectorAll('*')].some((x) => !x.matches('.ant-btn, .ant-btn *') && marked(x))
}

/** A person without a mouse. */
class Hands {
  static async at(shared, login) {
    const hands = new Hands()
    hands.p = await Person.at(shared.browser, shared.base)
    hands.page = hands.p.page
    await hands.page.addInitScript(`window.ringOf = ${ringOf}`)
    await hands.p.go('/')
    await hands.on('the name', hands.page.getByLabel('用户名'))
    await hands.type(login)
    await hands.press('Tab')
    await hands.on('the password', hands.page.getByLabel('口令'))
    await hands.type(PASSWORD)
    await hands.press('Enter')
    await hands.on('the desk', hands.heading('工作台'))
    return hands
  }

  heading = (name) => this.page.getByRole('heading', { name })
  press = (key) => this.page.keyboard.press(key)
  type = (text) => this.page.keyboard.type(text)

  /** Where the focus is, in words for a message. */
  where = () => this.page.evaluate(() => `${document.activeElement.outerHTML.slice(0, 200)} on ${location.pathname}`)

  /** The focus comes to it, and shows. */
  async on(what, locator) {
    await locator.first().waitFor()
    const there = () => locator.first().evaluate((x) => x === document.activeElement, undefined, { timeout: 1000 }).catch(() => false)
    const end = Date.now() + 10_000
    while (!(await there()) && Date.now() < end) await this.page.waitForTimeout(50)
    assert.ok(await there(), `the focus is on ${what}; it is at ${await this.where()}`)
    await this.visible()
  }

  /** What has the focus shows it, the foot of a form does not cover it, and it is not lost. */
  async visible() {
    const shown = () => {
      const at = document.activeElement
      const foot = document.querySelector('.form-foot')
      const covered = foot && !foot.contains(at) && at.getBoundingClientRect().bottom > foot.getBoundingClientRect().top
      return at !== document.body && window.ringOf(at) && !covered
    }
    await this.page.waitForFunction(shown, undefined, { timeout: 5000 }).catch(async () => assert.fail(`the focus shows: ${await this.where()}`))
  }

  /** Goes on with Tab until it is reached; every place on the way shows that it has the focus. */
  async tabTo(what, locator, back = false) {
    await locator.first().waitFor()
    for (let i = 0; i < 80; i++) {
      if (await locator.first().evaluate((x) => x === document.activeElement)) return this.visible()
      await this.press(back ? 'Shift+Tab' : 'Tab')
      await this.visible()
    }
    assert.fail(`Tab does not come to ${what}; it is at ${await this.where()}`)
  }

  /** Goes down an open list to an option and takes it. */
  async option(title) {
    const active = () => this.page.evaluate(() => document.querySelector('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option-active')?.getAttribute('title'))
    await this.page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden)').waitFor()
    for (let i = 0; i < 30 && (await active()) !== title; i++) await this.press('ArrowDown')
    assert.equal(await active(), title)
    await this.press('Enter')
  }

  /** Hands in; what is at fault first gets the focus. */
  async faultAt(what, locator) {
    await this.press('Control+Enter')
    await this.on(what, locator)
  }

  field = (label) => this.page.getByLabel(label, { exact: true })
}

/** A household without open cases: a clue about any other would be merged at once. */
async function free(p) {
  for (const h of (await p.api('GET', '/households?status=none&limit=100')).items) {
    const { items } = await p.api('GET', `/households/${h.id}/cases`)
    if (items.every((c) => c.final || ['household_status', 'visit_task'].includes(c.procedure))) return h
  }
  return assert.fail('no household is free')
}

async function mainJob(shared) {
  const me = await Hands.at(shared, 'cadre')
  const { page } = me
  const household = await free(me.p)

  await me.press('g')
  await me.press('n')
  await me.on('the page of households', me.heading('农户'))
  await me.press('/')
  await me.on('the search', me.field('户主姓名'))
  await me.type(household.household_no)
  const row = page.locator(`#main .list a[href="/households/${household.id}"]`)
  await page.waitForFunction(() => document.querySelectorAll('#main .list tbody tr').length === 1)
  await row.waitFor()
  await me.press('Escape')
  await me.press('j')
  await me.on('the household found', row)
  await me.press('Enter')
  await page.waitForURL(/\/households\/[^/]+$/)
  await me.on('the household', page.getByRole('heading', { level: 1 }))
  const clue = page.getByRole('link', { name: '登记风险线索' })
  await me.tabTo('the way to a clue', clue)
  await me.press('Enter')
  await me.on('the form of a clue', me.heading('登记风险线索'))

  await me.tabTo('its source', me.field('线索来源'))
  await me.faultAt('what is missing first', me.field('线索来源'))
  await me.press('ArrowDown')
  await me.option('日常摸排')
  await me.faultAt('the time that is missing', page.getByLabel('发现时间'))
  await me.tabTo('now', page.getByRole('button', { name: '现在' }))
  await me.press('Enter')
  await me.faultAt('the text that is missing', me.field('情况说明'))
  await me.type('户主住院，自付费用较大。')
  await me.p.shot('k1-clue')
  await me.press('Control+Enter')
  await page.waitForURL(/\/cases\/[^/]+$/)
  const id = new URL(page.url()).pathname.split('/').pop()
  await me.on('the case', page.getByRole('heading', { level: 1 }))

  await page.locator('[data-event=register_locally][aria-keyshortcuts]').waitFor()
  await me.press(await page.locator('[data-event=register_locally]').getAttribute('aria-keyshortcuts'))
  await me.on('its form', page.locator('#fire-title'))
  await me.tabTo('its button', page.locator('.form-foot button[type=submit]'))
  await me.press('Enter')
  await me.on('the word of success', me.heading(/办理成功/))

  await sign(shared, id)

  await me.tabTo('what comes next', page.getByRole('button', { name: '留在本页' }))
  await me.press('Enter')
  await me.on('the case', page.getByRole('heading', { level: 1 }))
  await me.tabTo('the next step', page.locator('[data-event=confirm_risk]'))
  await me.press('Enter')
  await me.on('its form', page.locator('#fire-title'))
  await confirm(me)
  await me.press('Control+Enter')
  await me.on('the word of success', me.heading(/办理成功/))
  await page.locator('#next-why').waitFor()
  await me.p.shot('k4-next')
  const next = await page.getByRole('link', { name: /^办理下一件/ }).getAttribute('href')
  await me.press('n')
  await page.waitForURL((url) => next.startsWith(url.pathname))
  await me.on('the next case', page.getByRole('heading', { level: 1 }))
  await page.getByRole('heading', { name: '现在可以办理' }).waitFor()
  await me.visible()
  await me.p.close()
}

/** The second cadre finds the case in the inbox and signs. */
async function sign(shared, id) {
  const other = await Hands.at(shared, 'cadre2')
  const { page } = other
  const { summary } = await other.p.api('GET', `/cases/${id}`)
  await other.press('g')
  await other.press('a')
  await other.on('the page of cases', other.heading('案件查询'))
  await other.press('/')
  await other.type(summary.no)
  const row = page.locator(`#main .list a[href="/cases/${id}"]`)
  await page.waitForFunction(() => document.querySelectorAll('#main .list tbody tr').length === 1)
  await row.waitFor()
  await other.press('Escape')
  await other.press('j')
  await other.on('the case found', row)
  assert.equal(await other.field('户主姓名').inputValue(), summary.no, 'Escape leaves the search as it is')
  await other.press('Enter')
  await page.waitForURL(/\/cases\/[^/]+$/)
  await other.on('the case', page.getByRole('heading', { level: 1 }))
  const button = page.locator('[data-endorse=confirm_risk]')
  await other.tabTo('the signature', button)
  await other.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await other.visible()
  await other.p.shot('k2-sign', false)
  await other.press('Escape')
  await other.on('what opened the dialog', button)
  await other.press('Enter')
  await dialog.waitFor()
  await other.tabTo('to sign', page.getByRole('button', { name: '确认会签' }))
  await other.press('Enter')
  await page.getByText(/已会签 1\/1/).first().waitFor()
  await other.on('where the signatures stand', other.heading('会签'))
  await other.p.close()
}

/** Fills in what confirming a risk asks; what is at fault gets the focus, whatever kind of input it is. */
async function confirm(me) {
  const { page } = me
  await me.tabTo('the day', me.field('入户日期'))
  await me.faultAt('the day that is missing', me.field('入户日期'))
  await me.type(today)
  await me.press('Enter')
  await me.faultAt('the person that is missing', me.field('受访人'))
  await me.type('户主本人')
  const kinds = page.getByRole('group', { name: '风险类型' })
  await me.faultAt('the kinds that are missing', kinds.getByRole('checkbox'))
  await me.press('Space')
  await me.tabTo('the income', me.field('家庭年纯收入估算'))
  await me.type('21345.67')
  await me.faultAt('the text that is missing', me.field('家庭困难情况'))
  await me.type('住院自付三万余元，尚有两名学生就读。')
  const upload = page.locator('#screening_form')
  await me.faultAt('the paper that is missing', upload)
  const opened = page.waitForEvent('filechooser')
  await page.evaluate(() => {}) // the window of the system is watched for before it opens
  await me.press('Enter')
  const chooser = await opened
  await chooser.setFiles({ name: 'screening_form.png', mimeType: 'image/png', buffer: PNG })
  await page.getByRole('button', { name: '移除 screening_form.png' }).waitFor()
  await me.on('the paper', upload)
  const first = page.getByRole('radiogroup', { name: '是否先行帮扶' })
  await me.faultAt('the choice that is missing', first.getByRole('radio'))
  await me.press('ArrowRight')
  assert.ok(await first.getByLabel('否').isChecked())
  await me.p.shot('k3-confirm')
}
