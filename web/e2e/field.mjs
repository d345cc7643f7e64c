// Forms complete: signed on the screen, photographed with place and time, computed while one types, with and without a network.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Person, today } from './person.mjs'
import { atDesk, homesOf, Phone } from './phone.mjs'

export const field = [
  ['a form is signed on the desk with the mouse, photographed with place and time, and printed with both', signedAtDesk],
  ['what a form comes to is told while one types; a cut line and a reload lose nothing and make nothing double', keptAtDesk],
  ['on a phone without a network a form is photographed and signed, the browser killed, and all arrives once', withPhone(inTheField)],
  ['a step that needs files is taken without a network', withPhone(stepWithFiles)],
]

const HERE = { longitude: 104.512345, latitude: 30.523456, accuracy: 12 }
const SIGN = '农户签字（手印）'
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const photo = (name) => ({ name, mimeType: 'image/png', buffer: PICTURE })
const INCOME = '巩固脱贫成果“回头看”收入计算表'

/** A phone of its own, switched off after the story. */
function withPhone(story) {
  return async (shared) => {
    const p = await (await Phone.new(shared.base)).on()
    try {
      await story(shared, p)
      assert.deepEqual(p.faults, [])
    } catch (err) {
      await p.shot('failed-field').catch(() => {})
      throw err
    } finally {
      await p.off()
    }
  }
}

/** Writes something like a name on the pad, as the page's pointer does. */
async function sign(page) {
  const pad = page.getByRole('img', { name: /^签名板/ })
  await pad.scrollIntoViewIfNeeded()
  const { x, y, width, height } = await pad.boundingBox()
  for (const [from, ...rest] of [[[0.1, 0.3], [0.3, 0.8], [0.35, 0.2]], [[0.4, 0.5], [0.6, 0.25], [0.7, 0.75], [0.9, 0.4]]]) {
    await page.mouse.move(x + from[0] * width, y + from[1] * height)
    await page.mouse.down()
    for (const [dx, dy] of rest) await page.mouse.move(x + dx * width, y + dy * height, { steps: 6 })
    await page.mouse.up()
  }
}

/** Looking the page over with axe takes the cut line back: it is cut anew, and the page knows. */
async function cutAgain(p) {
  await p.context.setOffline(false)
  await p.context.setOffline(true)
  await p.page.getByText('离线', { exact: true }).waitFor()
}

/** How the record stands with the server. */
const recordOf = async (desk, form, household, period) => {
  const page = await desk.api('GET', `/form-records?form=${form}&household_id=${household}&limit=100`)
  const found = page.items.filter((r) => r.period === period)
  return { n: found.length, record: found[0] && (await desk.api('GET', `/form-records/${found[0].id}`)) }
}

async function signedAtDesk(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('cadre')
  const [home] = await homesOf(p)
  await p.context.grantPermissions([])
  await p.go(`/households/${home.id}/forms/annex6`)
  await p.fill('年度或月份', '2019')
  await p.page.getByRole('button', { name: '保存草稿' }).click()
  const files = p.page.getByRole('region', { name: '附件' })
  await files.getByText('还没有附件').waitFor()

  // Without the person's word a photo goes without its place; refused by the browser it goes too, and says so.
  const add = async (name) => {
    await files.locator('input[type=file]').setInputFiles(photo(name))
    await files.getByRole('link', { name }).waitFor()
    return files.locator('li', { hasText: name })
  }
  const line = await add('院坝.png')
  assert.match(await line.innerText(), /\d{4}-\d{2}-\d{2} \d{2}:\d{2} 拍/)
  assert.doesNotMatch(await line.innerText(), /东经/)
  await files.getByLabel('拍照时记下地点').check()
  await files.getByText('没有得到定位许可，照片照常保存，不记地点').first().waitFor()
  assert.doesNotMatch(await (await add('灶房.png')).innerText(), /东经/)
  await p.context.grantPermissions(['geolocation'])
  await p.context.setGeolocation(HERE)
  const placed = await add('门前.png')
  assert.match(await placed.innerText(), /东经 104\.512345°，北纬 30\.523456°（误差约 12 米）/)

  await files.getByRole('button', { name: '屏上签名' }).click()
  const dialog = p.page.getByRole('dialog', { name: '屏上签名' })
  assert.equal(await dialog.getByLabel('签名人姓名').inputValue(), home.head_name)
  await dialog.getByRole('button', { name: '签好了' }).click()
  await dialog.getByRole('alert').getByText('请在签名板上写下完整的名字').waitFor()
  await dialog.getByLabel('代签').check()
  await dialog.getByLabel('签名人姓名').fill('某代签')
  await dialog.getByLabel('代签人与本人的关系').fill('女儿')
  await dialog.getByLabel('代签的原因').fill('户主外出务工')
  await sign(p.page)
  await p.noSeriousFaults('signing on the screen')
  await p.shot('95-sign-desk')
  await dialog.getByRole('button', { name: '签好了' }).click()
  await dialog.waitFor({ state: 'detached' })
  await files.getByText(`${SIGN} 签名人 某代签（代签，女儿，户主外出务工）`).waitFor()
  await p.noSeriousFaults('a form with photos and a signature')
  await p.shot('96-form-signed')

  await p.page.getByRole('button', { name: /^打\s?印$/ }).click()
  await p.fill('用途（记入查阅记录）', '归档')
  const [pdf] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('button', { name: /^下\s?载$/ }).click()])
  assert.equal(readFileSync(await pdf.path()).subarray(0, 5).toString(), '%PDF-')
  await p.close()

  // Who does not see sensitive data sees that there are files, and nothing of where or by whom.
  const grid = await atDesk(shared, 'grid')
  const { record } = await recordOf(grid, 'annex6', home.id, '2019')
  assert.equal(record.attachments.length, 4)
  for (const a of record.attachments) assert.equal(a.facts, undefined)
  await grid.close()
}

async function keptAtDesk(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('cadre')
  const { page } = p
  const [, home] = await homesOf(p)
  await p.go(`/households/${home.id}/forms/f1`)
  await p.fill('年度或月份', '2019')
  for (const [title, yuan] of [['工资性收入', '30000'], ['生产经营性收入', '8000'], ['财产性收入', '500'], ['转移性收入', '1500'], ['生产经营性支出', '2000']]) await p.fill(new RegExp(`^${title}`), yuan)
  const sums = page.getByRole('region', { name: '边填边算' })
  await sums.getByText('家庭纯收入38000.00元').waitFor()
  await p.noSeriousFaults('a form with its sums')
  await p.shot('97-sums-desk')

  // The line is cut while somebody types, and the page is loaded anew when it is back.
  await p.context.setOffline(true)
  await p.fill(/^工资性收入/, '31000')
  await sums.getByText('家庭纯收入39000.00元').waitFor()
  await page.getByText(/^草稿已存于本机/).waitFor()
  await page.waitForTimeout(700)
  await p.context.setOffline(false)
  await page.reload()
  await page.getByText(/^已恢复/).waitFor()
  await sums.getByText('家庭纯收入39000.00元').waitFor() // amounts are personal: they were sealed
  assert.equal(await page.getByLabel('年度或月份').inputValue(), '2019')

  // Handed in without a network it says so; then the server has it and nobody hears; then the page is loaded anew.
  await p.context.setOffline(true)
  await page.getByRole('button', { name: '保存草稿' }).click()
  await page.getByText(/^网络不通，正在自动重新提交/).waitFor()
  let heard
  const once = new Promise((done) => {
    heard = done
  })
  let first = true
  await page.route('**/api/v1/form-records', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    if (first) {
      first = false
      heard((await route.fetch()).status())
    }
    return route.abort()
  })
  await p.context.setOffline(false)
  assert.equal(await once, 200)
  const { n } = await recordOf(p, 'f1', home.id, '2019')
  assert.equal(n, 1, 'the server has it')
  await page.reload()
  await page.getByText(/^已恢复/).waitFor()
  await sums.getByText('家庭纯收入39000.00元').waitFor()
  await page.unroute('**/api/v1/form-records')
  await page.getByRole('button', { name: '保存草稿' }).click()
  await page.getByRole('heading', { level: 1, name: '脱贫户年度信息采集表' }).waitFor()
  await page.getByRole('button', { name: '填完定稿' }).waitFor()
  assert.equal((await recordOf(p, 'f1', home.id, '2019')).n, 1, 'and it is there once')
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('shouwang-draft:'))), [])
  await p.close()
}

async function inTheField(shared, p) {
  const desk = await atDesk(shared, 'cadre')
  const [, , home] = await homesOf(desk)
  const { page, line } = p
  await p.open('cadre')
  await p.takeAlong(INCOME)
  await p.keptByWorker()
  await p.context.grantPermissions(['geolocation'])
  await p.context.setGeolocation(HERE)
  await p.context.setOffline(true)
  await p.tab('农户')
  await page.getByRole('searchbox').fill(home.household_no)
  await page.locator('[data-list=households] a').click()
  await page.getByRole('link', { name: new RegExp(`^${INCOME}`) }).click()
  await page.getByLabel('年度或月份').fill('2018')

  const rows = page.getByRole('group', { name: '收入计算表第 1 行' })
  await rows.getByLabel(/^品种/).selectOption({ label: '玉米' })
  await rows.getByRole('textbox', { name: /^收入/ }).fill('9000')
  await rows.getByRole('textbox', { name: /^支出/ }).fill('1000')
  await page.getByRole('region', { name: '边填边算' }).getByText('家庭纯收入8000.00元').waitFor()

  await page.getByLabel('拍照时记下地点').check()
  await page.getByText(/^已能定位/).waitFor()
  await page.locator('input[data-take=photo]').setInputFiles(photo('院坝.png'))
  await page.locator('[data-held=photo]').getByText(/东经 104\.512345°/).waitFor()
  await page.locator('input[data-take=photo]').setInputFiles({ name: '说明.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') })
  await page.getByText('只能用 jpg、png、webp 照片').waitFor()
  await page.getByRole('button', { name: '屏上签名' }).click()
  await sign(page)
  await p.fits('signing on a phone')
  await cutAgain(p)
  await p.shot('m-sign')
  await page.getByRole('button', { name: '签好了' }).click()
  await page.locator('[data-held=signature]').getByText(new RegExp(`签名人 ${home.head_name}`)).waitFor()
  await page.getByText(/^草稿已存于本机/).waitFor()
  await p.fits('a form with photos')
  await p.shot('m-evidence')

  // The battery falls out: photo and signature lie sealed beside the draft.
  await p.kill()
  await p.on({ offline: true })
  await p.go(`households/${home.id}/forms/annex6`)
  await p.page.locator('[data-held=signature] img').waitFor()
  assert.equal(await p.page.locator('[data-held]').count(), 2)
  await p.page.getByRole('button', { name: '没填完，上传为草稿' }).click()
  await p.states('waiting').getByText(/照片和签名 2 张/).waitFor()
  await p.shot('m-queue-photos')
  await p.page.getByRole('button', { name: '导出到文件' }).click()
  const [file] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('button', { name: '确认导出' }).click()])
  const [entry] = JSON.parse(readFileSync(await file.path(), 'utf8'))
  assert.equal(entry.files.length, 2)
  assert.equal(entry.files[0].content, PICTURE.toString('base64'))

  // Back online: the photo reaches the server, its answer is lost, and the browser dies at that moment.
  await p.context.setOffline(false)
  await p.states('done').waitFor({ timeout: 30_000 })
  const { n, record } = await recordOf(desk, 'annex6', home.id, '2018')
  assert.equal(n, 1)
  assert.deepEqual(record.attachments.map((a) => a.kind).sort(), ['photo', 'signature'])
  const [taken] = record.attachments.filter((a) => a.kind === 'photo')
  assert.deepEqual([taken.facts.place.longitude, taken.facts.place.latitude], [HERE.longitude, HERE.latitude])
  assert.equal(record.attachments.find((a) => a.kind === 'signature').facts.signed.name, home.head_name)

  // Another photo, of which the answer is lost and the browser killed: it is there once.
  await p.go(`households/${home.id}/forms/annex6`)
  await p.page.getByLabel('年度或月份').fill('2017')
  await p.page.locator('input[data-take=signed]').setInputFiles(photo('签字页.png'))
  await p.page.locator('[data-held=signed]').waitFor()
  await p.context.setOffline(true)
  await p.page.getByRole('button', { name: '没填完，上传为草稿' }).click()
  await p.states('waiting').waitFor()
  const lost = line.lose(/^POST \/api\/v1\/form-records\/[^/]+\/attachments$/)
  await p.context.setOffline(false)
  assert.equal(await lost, 201)
  await p.kill()
  await p.on()
  await p.open('cadre')
  await p.tab('待上传')
  await p.states('waiting').waitFor({ state: 'detached', timeout: 30_000 })
  await p.states('sending').waitFor({ state: 'detached', timeout: 30_000 })
  const second = (await recordOf(desk, 'annex6', home.id, '2017')).record
  assert.deepEqual(second.attachments.map((a) => a.kind), ['signed'])
  const left = await p.page.evaluate(
    () =>
      new Promise((done) => {
        const open = indexedDB.open('shouwang-m')
        open.onsuccess = () => {
          const keys = open.result.transaction('sealed').objectStore('sealed').getAllKeys()
          keys.onsuccess = () => done(keys.result.filter(([, kind]) => kind === 'file').length)
        }
      }),
  )
  assert.equal(left, 0, 'what has arrived does not stay on the phone')
  await desk.close()
}

async function stepWithFiles(shared, p) {
  const { page } = p
  const grid = await atDesk(shared, 'grid')
  const home = (await homesOf(grid)).find((h) => h.population > 1)
  const { items } = await grid.api('GET', `/households/${home.id}/members`)
  const { case: opened } = await grid.api('POST', '/cases', {
    procedure: 'member_change',
    household_id: home.id,
    form: { kind: 'decrease', changed_on: today, out_reason: 'death', leaving: [{ person_id: items.find((m) => m.relation !== '户主').id }] },
  })
  await grid.close()
  const desk = await atDesk(shared, 'cadre')
  const allowed = () => desk.api('GET', `/cases/${opened.id}/events/allowed`)
  const step = (await allowed()).items.find((e) => e.event === 'confirm')
  assert.ok(step.allowed && step.form.some((f) => f.kind === 'files' && f.required))

  await p.open('cadre')
  await p.keptByWorker()
  await page.locator(`[data-list=tasks] a[href$="${opened.id}"]`).click()
  await page.getByRole('link', { name: step.title, exact: true }).click()
  await page.getByRole('button', { name: step.title, exact: true }).waitFor()
  await p.context.setOffline(true)
  await page.getByRole('button', { name: step.title, exact: true }).click()
  await page.getByRole('alert').getByText(/还有 \d+ 项需要填写或更正/).waitFor()
  await page.getByRole('group', { name: /^已与农户核实/ }).getByLabel('是', { exact: true }).check()
  await page.getByLabel(/^村级意见/).fill('情况属实')
  for (const name of ['证明正面.png', '证明背面.png']) {
    await page.locator('input[data-take=evidence]').setInputFiles(photo(name))
    await page.getByRole('button', { name: `去掉 ${name}` }).waitFor()
  }
  await page.getByRole('button', { name: '去掉 证明正面.png' }).click()
  await page.getByRole('button', { name: '去掉 证明正面.png' }).waitFor({ state: 'detached' })
  await p.fits('a step with photos')
  await cutAgain(p)
  await p.shot('m-step-photos')
  await page.getByRole('button', { name: step.title, exact: true }).click()
  await p.states('waiting').waitFor()
  assert.ok((await allowed()).items.find((e) => e.event === 'confirm').allowed, 'nothing left without a network')
  await p.context.setOffline(false)
  await p.states('done').waitFor({ timeout: 30_000 })
  const detail = await desk.api('GET', `/cases/${opened.id}`)
  assert.deepEqual(detail.attachments.map((a) => [a.kind, a.name]), [['evidence', '证明背面.png']])
  assert.notEqual(detail.summary.state, 'proposed')
  await desk.close()
}
