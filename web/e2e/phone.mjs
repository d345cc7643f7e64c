// The phone in the field, on a browser of its own that can be killed as a phone's is: 360 × 740.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { told, visited } from './firstload.mjs'
import { PASSWORD, Person, shotPath, today } from './person.mjs'

export const phone = [
  ['the phone page can be installed, is small and quick, and is fit for everybody', withPhone(firstVisit)],
  ['all tasks are taken along: what is missing is said, and the task at the end of the list is done without a network', withPhone(lastTask)],
  ['ten forms: the network is cut in the middle, the browser killed twice, and each arrives once', withPhone(offlineWalk)],
  ['what somebody else has entered meanwhile is shown beside what was entered here', withPhone(conflict)],
  ['a refused form stays, says why, and is sent again when mended', withPhone(mended)],
  ['a visit is written down without a network', withPhone(visit)],
  ['a lapsed sign-in locks the phone; what was not sent waits for the same person', withPhone(locked)],
]

export const FORM = '监测对象地理位置信息采集表'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A story with the phone that the stories share. It is switched off after the last, and when one fails: its browser is a process of its own. */
function withPhone(story) {
  return async (shared) => {
    shared.phone ??= await (await Phone.new(shared.base)).on()
    const p = shared.phone
    let over = story === locked
    try {
      await story(shared, p)
      assert.deepEqual(p.faults, [])
    } catch (err) {
      over = true
      await p.shot('failed-phone').catch(() => {})
      throw err
    } finally {
      if (over) {
        shared.phone = undefined
        await p.off()
      }
    }
  }
}

/** A phone: a browser with a folder of its own, between which and the server the line can be cut at any moment. */
export class Phone {
  faults = []
  /** A browser writes its cookies down every half minute only: they are kept here, so that being quicker does not end the session. */
  cookies = []

  static async new(server) {
    const one = new Phone()
    one.folder = mkdtempSync(join(tmpdir(), 'shouwang-phone-'))
    one.line = await openLine(server)
    one.base = one.line.base
    return one
  }

  /** Turns it on, without a network if it is to be so. */
  async on({ offline = false } = {}) {
    const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--hide-scrollbars', '--lang=zh-CN', '--window-size=360,740']
    this.process = spawn(process.env.CHROMIUM ?? '/usr/bin/chromium', [...args, `--user-data-dir=${this.folder}`, '--remote-debugging-port=0', 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
    this.browser = await chromium.connectOverCDP(await devTools(this.process))
    this.context = this.browser.contexts()[0]
    this.page = this.context.pages()[0] ?? (await this.context.newPage())
    await this.page.setViewportSize({ width: 360, height: 740 })
    this.page.setDefaultTimeout(60_000)
    this.page.on('response', (r) => Person.answered(r))
    this.page.on('pageerror', (err) => this.faults.push(`script: ${err.message}`))
    this.page.on('console', (m) => {
      if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) this.faults.push(`console: ${m.text()}`)
    })
    this.page.on('request', (r) => {
      const url = new URL(r.url())
      if (url.protocol.startsWith('http') && url.origin !== this.base) this.faults.push(`outside: ${r.url()}`)
    })
    await this.context.addCookies(this.cookies)
    await this.context.setOffline(offline)
    return this
  }

  /** As when the battery falls out. */
  async kill() {
    this.cookies = await this.context.cookies().catch(() => this.cookies) // it may be gone already
    const gone = new Promise((done) => this.process.once('exit', done))
    process.kill(-this.process.pid, 'SIGKILL') // with the processes that it has started
    await gone
    await this.browser.close().catch(() => {})
  }

  async go(path = '') {
    await this.page.goto(`${this.base}/m/${path}`)
  }

  /** Opens the page, signing in where that is asked for. */
  async open(login) {
    await this.go()
    const page = this.page
    const inbox = page.getByRole('heading', { name: '我的待办' })
    const door = page.getByRole('link', { name: '登录' })
    await inbox.or(door).first().waitFor()
    // What was kept opens at once; the server's word that the sign-in has lapsed follows.
    await page.waitForTimeout(500)
    if (await inbox.isVisible()) return this
    await door.click()
    await page.getByLabel('用户名').fill(login)
    await page.getByLabel('口令').fill(PASSWORD)
    await page.getByRole('button', { name: '登录' }).click()
    await inbox.waitFor()
    return this
  }

  async keptByWorker() {
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  }

  /** Takes along the households with one form. */
  async takeAlong(form) {
    const { page } = this
    await this.go('households')
    await page.getByLabel(form, { exact: true }).check()
    await page.getByRole('button', { name: '带到手机' }).click()
    await page.locator('[data-list=households] li').first().waitFor({ timeout: 120_000 })
  }

  tab(name) {
    return this.page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}`) }).click()
  }

  /** Opens the form of a household, by hand as one does in the field. */
  async begin(no) {
    const { page } = this
    await this.tab('农户')
    await page.getByRole('searchbox').fill(no.household_no)
    await page.locator('[data-list=households] a').click()
    await page.getByRole('link', { name: new RegExp(`^${FORM}`) }).click()
    await page.getByLabel('年度或月份').waitFor()
  }

  async fill(longitude) {
    const { page } = this
    await page.getByLabel('年度或月份').fill('2024')
    const category = page.getByRole('group', { name: /^监测对象类别/ })
    if ((await category.count()) > 0) await category.getByRole('radio').first().check()
    await page.getByLabel(/^东经/).or(page.getByLabel(/^经度/)).first().fill(longitude)
  }

  async finishFilling() {
    const { page } = this
    await page.getByLabel(/^北纬/).or(page.getByLabel(/^纬度/)).first().fill('30.5')
    await page.getByLabel(/^采集时间/).fill('2026-11-20T09:30')
    await page.getByRole('button', { name: '填完，上传并定稿' }).click()
    await page.getByRole('heading', { name: '待上传', level: 1 }).waitFor()
  }

  states(state) {
    return this.page.locator(`[data-entry=${state}]`)
  }

  async shot(name) {
    await this.page.screenshot({ path: shotPath(name) })
  }

  /** Axe, nothing wider than the screen, and nothing to press that is too small for a finger. */
  async fits(where) {
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    assert.ok(over <= 0, `${where} is ${over} px wider than the screen`)
    const small = await this.page.evaluate(() =>
      [...document.querySelectorAll('button, .tabs a, a.row, a.button, .choice, input:not([type=radio]):not([type=checkbox]), select')].filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 120)),
    )
    assert.deepEqual(small, [], where)
    const cdp = await this.context.newCDPSession(this.page)
    await cdp.send('Page.setBypassCSP', { enabled: true })
    await this.page.evaluate(axe)
    const found = await this.page.evaluate(async () => {
      const { violations } = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })
      return violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(' | ')}`)
    })
    await cdp.detach()
    assert.deepEqual(found, [], where)
  }

  async off() {
    await this.kill()
    await this.line.close()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** Where a browser that was just started listens. */
function devTools(child) {
  return new Promise((done, fail) => {
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
      const found = /DevTools listening on (ws:\S+)/.exec(said)
      if (found) done(found[1])
    })
    child.once('exit', () => fail(new Error(`the browser ended: ${said.slice(-500)}`)))
  })
}

/** A line to the server. swallow: the next request of that kind, or like it, reaches the server, whose answer is lost on the way back. */
async function openLine(server) {
  const target = new URL(server)
  const line = { swallow: undefined, requests: [] }
  const agent = new Agent({ keepAlive: false }) // a line that the server has just closed is not taken for a lost one
  const proxy = createServer((req, res) => {
    line.requests.push(`${req.method} ${req.url}`)
    const asked = `${req.method} ${req.url}`
    const { kind } = line.swallow ?? {}
    const lost = kind === asked || (kind instanceof RegExp && kind.test(asked)) ? line.swallow : undefined
    if (lost) line.swallow = undefined
    const onward = request({ agent, host: target.hostname, port: target.port, method: req.method, path: req.url, headers: { ...req.headers, host: target.host, ...(req.headers.origin ? { origin: server } : {}) } }, (reply) => {
      if (!lost) {
        res.writeHead(reply.statusCode, reply.headers)
        reply.pipe(res)
        return
      }
      reply.resume()
      reply.on('end', () => {
        lost.status = reply.statusCode
        lost.done()
        res.destroy()
      })
    })
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  })
  await new Promise((done) => proxy.listen(0, '127.0.0.1', done))
  line.base = `http://127.0.0.1:${proxy.address().port}`
  line.close = () =>
    new Promise((done) => {
      proxy.close(done)
      proxy.closeAllConnections()
    })
  /** Resolves with the status that the server gave and nobody heard. */
  line.lose = (kind) =>
    new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no ${kind} in a minute; the last were ${line.requests.slice(-12).join(', ')}`)), 60_000)
      const lost = {
        kind,
        done: () => {
          clearTimeout(timer)
          done(lost.status)
        },
      }
      line.swallow = lost
    })
  return line
}

/** Somebody of the same village at a desk. */
export const atDesk = async ({ browser, base }, login) => (await Person.at(browser, base)).signIn(login)

async function firstVisit(shared, p) {
  await p.open('cadre')
  const { page } = p
  await page.locator('[data-list=tasks] li').first().waitFor()
  await p.keptByWorker()
  const cdp = await p.context.newCDPSession(page)
  const { errors, manifest } = await cdp.send('Page.getAppManifest').then(({ errors: e, data }) => ({ errors: e, manifest: JSON.parse(data) }))
  assert.deepEqual(errors, [])
  assert.deepEqual([manifest.start_url, manifest.scope, manifest.display], ['/m/', '/m/', 'standalone'])
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors')
  assert.deepEqual(installabilityErrors.filter((e) => e.errorId !== 'in-incognito'), [])

  await page.goto(`${p.base}/messages`)
  assert.equal(await page.evaluate(() => navigator.serviceWorker.controller), null, 'the desk is not the worker’s')

  const cold = await timed(p, cdp, { empty: true, most: 4000 })
  const warm = await timed(p, cdp, { empty: false, most: 1500 })
  console.log(`      phone inbox at 4× slower CPU, 4 Mbit, 100 ms: cold ${told(cold)}; warm ${told(warm)}`)

  for (const [path, ready] of [['', '[data-list=tasks] li'], ['households', 'select'], ['queue', '[role=status]'], ['me', '.sizes']]) {
    await p.go(path)
    await page.locator(ready).first().waitFor()
    await p.fits(`/m/${path}`)
    await p.shot(`m-${path || 'tasks'}`)
  }
  await page.getByRole('button', { name: '特大' }).click()
  assert.equal(await page.evaluate(() => document.documentElement.style.fontSize), '20px')
  await p.fits('/m/me in large text')
  await p.go()
  await page.locator('[data-list=tasks] li').first().waitFor()
  await p.fits('/m/ in large text')
  await p.shot('m-tasks-large')
  await page.locator('[data-list=tasks] a').first().click()
  await page.getByRole('heading', { name: '在手机上办理' }).waitFor()
  await p.fits('/m/tasks/ID')
  await p.shot('m-task')
}

/** What the first visit may fetch, bytes. */
const BUDGET = 200 * 1024

/**
 * How long until the first task can be read and pressed, as on a slow phone; with nothing kept when empty. A machine that has other work
 * in one moment may be tried in the next, but the limits stay; what the worker keeps for later may end in the same moment and count.
 */
async function timed(p, cdp, { empty, most }) {
  const tries = []
  while (tries.length < 5) {
    const one = await visited(p, cdp, { path: '/m/', ready: '[data-list=tasks] a', empty })
    await p.keptByWorker()
    tries.push(`${one.ms} ms ${one.bytes} bytes`)
    if (one.ms < most && one.bytes <= BUDGET) return one
  }
  return assert.fail(`${empty ? 'cold' : 'warm'}: ${tries.join(', ')}; none under ${most} ms and ${BUDGET} bytes`)
}

/** The households that the stories are about. */
export const homesOf = async (desk) => (await desk.api('GET', '/households?limit=20')).items.slice(0, 10)

/** The forms of that kind and period with the server. */
const recordsOf = async (desk, period) => (await desk.api('GET', '/form-records?form=f3&limit=100')).items.filter((r) => r.period === period)

async function offlineWalk(shared, p) {
  const desk = await atDesk(shared, 'cadre')
  const homes = await homesOf(desk)
  assert.equal(homes.length, 10)
  const { line } = p
  await p.open('cadre')
  await p.takeAlong(FORM)
  await p.fits('/m/households')
  await p.shot('m-households')
  await p.keptByWorker()
  for (const [i, home] of homes.slice(0, 3).entries()) {
    await p.begin(home)
    await p.fill(`104.${i}`)
    await p.finishFilling()
    await p.states('done').nth(i).waitFor()
  }

  // The fourth is half done when the network goes.
  await p.begin(homes[3])
  await p.fits('the form')
  await p.shot('m-form')
  await p.fill('104.3')
  await p.context.setOffline(true)
  await p.finishFilling()
  await p.states('waiting').waitFor()
  await p.begin(homes[4])
  await p.fill('104.4')
  await p.finishFilling()
  await p.shot('m-queue-offline')
  await p.states('waiting').nth(1).waitFor()

  // The sixth is half done when the battery falls out.
  await p.begin(homes[5])
  await p.fill('104.5')
  await p.page.getByText(/^草稿已存于本机/).waitFor()
  await p.kill()
  await p.on({ offline: true })
  await p.go()
  await p.page.getByRole('heading', { name: '我的待办' }).waitFor()
  await p.page.locator('[data-list=tasks] li').first().waitFor()
  await p.begin(homes[5])
  await p.page.getByText('已恢复上次没有提交的内容').waitFor()
  assert.equal(await p.page.getByLabel('年度或月份').inputValue(), '2024')
  assert.equal(await p.page.getByLabel(/^东经/).or(p.page.getByLabel(/^经度/)).first().inputValue(), '104.5')
  await p.finishFilling()
  for (const [i, home] of homes.slice(6).entries()) {
    await p.begin(home)
    await p.fill(`104.${i + 6}`)
    await p.finishFilling()
  }
  // Now and then one is tried, and waits again.
  await p.page.waitForFunction(() => document.querySelectorAll('[data-entry=waiting], [data-entry=sending]').length === 7)
  await p.page.getByRole('button', { name: '导出到文件' }).click()
  const [file] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('button', { name: '确认导出' }).click()])
  assert.match(file.suggestedFilename(), /^待上传-\d+\.json$/)
  assert.equal((await recordsOf(desk, '2024')).length, 3, 'nothing left without a network')

  // Back online: the first one reaches the server, its answer is lost, and the browser dies at that moment.
  const lost = line.lose('POST /api/v1/form-records')
  await p.context.setOffline(false)
  const status = await lost
  await p.kill()
  assert.equal(status, 200)
  assert.equal((await recordsOf(desk, '2024')).length, 4, 'the server has it, the phone does not know')
  await p.on()
  await p.open('cadre')
  await p.tab('待上传')
  await p.states('done').nth(9).waitFor({ timeout: 60_000 })
  assert.equal(await p.states('waiting').count(), 0)
  await p.fits('/m/queue')
  await p.shot('m-queue-done')

  const records = await recordsOf(desk, '2024')
  assert.deepEqual(records.map((r) => r.subject_id).sort(), homes.map((h) => h.id).sort(), 'ten records, none double')
  assert.deepEqual([...new Set(records.map((r) => r.state))], ['final'])
  const sent = line.requests.filter((r) => r === 'POST /api/v1/form-records').length
  assert.ok(sent > records.length, 'one was sent more than once, with one key')
  await desk.close()
}

async function conflict(shared, p) {
  const desk = await atDesk(shared, 'secretary')
  const [home] = await homesOf(desk)
  await p.open('cadre')
  await p.context.setOffline(true)
  await p.begin(home)
  await p.fill('105.1')
  await p.page.getByLabel('年度或月份').fill('2023')
  await p.finishFilling()
  const blank = await desk.api('GET', `/forms/blank?form=f3&household_id=${home.id}`)
  const theirs = await desk.api('POST', '/form-records', { form: 'f3', household_id: home.id, period: '2023', answers: { ...blank.answers, longitude: 103.9 } })
  await p.context.setOffline(false)
  await p.states('conflict').waitFor()
  await p.states('conflict').getByRole('link').click()
  await p.page.getByRole('heading', { name: '系统里已有这份表' }).waitFor()
  const row = p.page.locator('.differ tr', { hasText: '105.1' })
  assert.match(await row.innerText(), /105\.1\s+103\.9/)
  await p.fits('/m/queue/ID')
  await p.shot('m-conflict')
  // Nothing happens by itself: both stay until somebody decides.
  await p.page.reload()
  await p.page.getByRole('button', { name: '用我填的代替' }).click()
  await p.page.locator('.tag.done').waitFor()
  const now = await desk.api('GET', `/form-records/${theirs.item.id}`)
  assert.equal(now.answers.find((a) => a.code === 'longitude').value, 105.1)
  assert.equal(now.item.state, 'final')
  await desk.close()
}

async function mended(shared, p) {
  const desk = await atDesk(shared, 'cadre')
  const [, home] = await homesOf(desk)
  const { page } = p
  await p.open('cadre')
  await p.go(`households/${home.id}/forms/f3`)
  await page.getByRole('button', { name: '填完，上传并定稿' }).click()
  await page.getByRole('alert').getByText(/还有 \d+ 项需要填写或更正/).waitFor()
  await p.fits('a form with faults')
  await p.shot('m-form-faults')
  await page.getByLabel('年度或月份').fill('去年')
  await page.getByText('应写成 2026 或 2026-11').waitFor()
  await page.reload()
  await page.getByRole('button', { name: '清空重填' }).click()
  await page.getByText('已恢复上次没有提交的内容').waitFor({ state: 'detached' })

  // What the phone cannot know: that two days are the wrong way round. The form arrives, its finishing does not.
  await p.go(`households/${home.id}/forms/authorization`)
  await page.getByLabel('年度或月份').fill('2021')
  await answer(page)
  await page.getByLabel(/^授权有效期/).fill('2020-01-01')
  await page.getByRole('button', { name: '填完，上传并定稿' }).click()
  await p.states('returned').getByRole('link').click()
  await page.locator('.note.bad').getByText('授权有效期早于签署日期').waitFor()
  await p.shot('m-returned')
  const states = async () => (await desk.api('GET', '/form-records?form=authorization&limit=100')).items.filter((r) => r.period === '2021').map((r) => r.state)
  assert.deepEqual(await states(), ['draft'])
  await page.getByRole('button', { name: '修改' }).click()
  await page.getByLabel(/^授权有效期/).fill('2030-01-01')
  await page.getByRole('button', { name: '重新上传' }).click()
  await page.locator('.tag.done').waitFor()
  assert.deepEqual(await states(), ['final'])
  await desk.close()
}

/** The first of these tasks with a step that needs no files and nobody else. */
export async function doable(desk, tasks) {
  for (const task of tasks) {
    const { seq, items } = await desk.api('GET', `/cases/${task.case_id}/events/allowed`)
    const step = items.find((e) => e.allowed && !e.return && e.signers.length === 0 && e.form.every((f) => !f.required || ['text', 'long', 'date', 'datetime', 'yes', 'choice'].includes(f.kind)))
    if (step) return { task, seq, step }
  }
  return assert.fail('there is no step for the phone')
}

const rowOf = (page, task) => page.locator(`[data-list=tasks] a[href$="${task.case_id}"]`).first()

async function visit(shared, p) {
  const { page } = p
  await p.open('cadre')
  const desk = await atDesk(shared, 'cadre')
  const found = await doable(desk, (await desk.api('GET', '/tasks?limit=30')).items.filter((t) => t.household))
  await p.context.setOffline(true)
  await p.tab('待办')
  await rowOf(page, found.task).click()
  await page.getByRole('link', { name: found.step.title, exact: true }).click()
  await page.getByRole('button', { name: found.step.title, exact: true }).waitFor()
  await answer(page)
  await p.fits('/m/tasks/ID/EVENT')
  await p.shot('m-step')
  await page.getByRole('button', { name: found.step.title, exact: true }).click()
  await p.states('waiting').waitFor()
  const before = await p.states('done').count()
  assert.equal((await desk.api('GET', `/cases/${found.task.case_id}/events/allowed`)).seq, found.seq, 'nothing left without a network')
  await p.context.setOffline(false)
  await p.states('done').nth(before).waitFor() // an attempt begun just before may still fail, and the next follow
  assert.ok((await desk.api('GET', `/cases/${found.task.case_id}/events/allowed`)).seq > found.seq)
  await desk.close()
}

async function lastTask(shared, p) {
  const { page } = p
  const desk = await atDesk(shared, 'cadre')
  await page.goto('about:blank')
  const cdp = await p.context.newCDPSession(page)
  await cdp.send('Storage.clearDataForOrigin', { origin: p.base, storageTypes: 'indexeddb' })
  await cdp.detach()
  const asked = () => p.line.requests.filter((r) => r.endsWith('/events/allowed')).length
  await p.open('cadre')
  const rows = page.locator('[data-list=tasks] li')
  await rows.nth(60).waitFor()
  await page.getByRole('progressbar', { name: '已带到手机的待办' }).waitFor()

  // The line is cut on the way: it says how many are missing, and which.
  await p.context.setOffline(true)
  const missing = page.getByText(/^还有 \d+ 件待办没有带到手机，联网后自动接着带/)
  await missing.waitFor()
  const last = rows.filter({ hasText: '未带到手机' }).last()
  await p.shot('m-tasks-missing')
  await last.getByRole('link').click()
  await page.getByText('这件没有带到手机，联网后可办。').waitFor()
  await page.getByRole('link', { name: '返回' }).click()

  // Back, the rest follows by itself, whatever page is open; in no minute more than the server gives.
  await p.tab('我的')
  const [before, began] = [asked(), Date.now()]
  await p.context.setOffline(false)
  await p.tab('待办')
  await page.getByText(/^\d+ 件待办都已带到手机/).waitFor()
  const [n, took] = [await rows.count(), Date.now() - began]
  console.log(`      the steps of ${n} tasks are with the phone; the last ${asked() - before} took ${(took / 1000).toFixed(1)} s behind the inbox`)
  assert.ok(n > 60)
  assert.equal(await rows.filter({ hasText: '未带到手机' }).count(), 0)
  await p.fits('/m/ with all taken along')

  // Once taken along they are not asked for again.
  const so = asked()
  await page.reload()
  await page.getByText(/^\d+ 件待办都已带到手机/).waitFor()
  await page.waitForTimeout(4000)
  assert.equal(asked(), so)

  const { items } = await desk.api('GET', '/tasks?limit=100')
  const found = await doable(desk, items.slice(60).reverse())
  await p.context.setOffline(true)
  await page.reload() // and nothing of it is left from a moment ago
  await rowOf(page, found.task).click()
  await page.getByRole('link', { name: found.step.title, exact: true }).click()
  await answer(page)
  const sent = await p.states('done').count()
  await page.getByRole('button', { name: found.step.title, exact: true }).click()
  await p.states('waiting').waitFor()
  await p.context.setOffline(false)
  await p.states('done').nth(sent).waitFor()
  assert.ok((await desk.api('GET', `/cases/${found.task.case_id}/events/allowed`)).seq > found.seq)
  await desk.close()
}

/** Answers what is blank: yes, the first of the choices, today, some words. */
async function answer(page) {
  for (const group of await page.locator('main fieldset').all()) {
    const first = group.getByRole('radio').or(group.getByRole('checkbox')).first()
    if ((await first.count()) > 0) await first.check()
  }
  for (const list of await page.locator('main select').all()) await list.selectOption({ index: 1 })
  for (const input of await page.locator('main form input:not([type=radio]):not([type=checkbox]):not([type=file]), main textarea').all()) {
    if ((await input.inputValue()) !== '') continue
    const type = await input.getAttribute('type')
    await input.fill(type === 'date' ? today : type === 'datetime-local' ? `${today}T08:00` : '入户核实，情况属实')
  }
}

async function locked(shared, p) {
  const desk = await atDesk(shared, 'cadre')
  const [, , home] = await homesOf(desk)
  await p.open('cadre')
  await p.context.setOffline(true)
  await p.begin(home)
  await p.fill('105.3')
  await p.page.getByLabel('年度或月份').fill('2022')
  await p.finishFilling()
  // The session ends elsewhere while the phone is out of reach.
  await desk.page.evaluate(() => fetch('/api/v1/me/sessions', { method: 'DELETE', headers: { 'X-Requested-With': 'shouwang' } }))
  await p.context.setOffline(false)
  await p.page.getByText(/有 1 份没有上传的内容封存在本机/).waitFor()
  await p.fits('/m/ locked')
  await p.shot('m-locked')
  const keys = await p.page.evaluate(
    () =>
      new Promise((done) => {
        const open = indexedDB.open('shouwang-m')
        open.onsuccess = () => {
          const all = open.result.transaction('holders').objectStore('holders').getAll()
          all.onsuccess = () => done(all.result.filter((h) => h.key).length)
        }
      }),
  )
  assert.equal(keys, 0, 'the key has gone')

  // Somebody else signs in on this phone: he sees nothing of it, and what was taken along is gone.
  await p.open('secretary')
  await p.tab('农户')
  await p.page.getByRole('button', { name: '带到手机' }).waitFor()
  await p.tab('待上传')
  await p.page.getByText('没有待上传的内容').waitFor()
  await p.tab('我的')
  await p.page.getByRole('button', { name: '退出登录' }).click()
  await p.page.getByText(/有 1 份没有上传的内容封存在本机/).waitFor()

  await p.open('cadre')
  await p.tab('待上传')
  await p.states('done').waitFor() // the only one: what was sent before went with the rest
  assert.equal((await recordsOf(desk, '2022')).length, 1)
  await desk.close()
}
