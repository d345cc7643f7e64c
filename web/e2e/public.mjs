import assert from 'node:assert/strict'
import { inflateRawSync } from 'node:zlib'
import { inTwiceTheText, picture, zoomed } from './looks.mjs'
import { Person, today } from './person.mjs'

/** Stories of the public page of a village, and of pages that hear at once what others do. */
export const publicPages = [
  ['a household comes as far as the public notice', prepare],
  ['the printed notice carries a code that leads to it', printedCode],
  ['an old villager on a small phone reads the notice and objects by name', byName],
  ['he asks how it stands, and learns that and nothing else', receipt],
  ['without a name, and without a script', withoutName],
  ['nothing else is reachable', nothingElse],
  ['two people at their desks: what one does the other sees at once', atOnce],
]

const now = () => new Date().toISOString()

/** Signs people in once; the stories below need several of them. */
async function people({ browser, base }, ...logins) {
  return Promise.all(logins.map(async (login) => (await Person.at(browser, base)).signIn(login)))
}

async function prepare(shared) {
  const [cadre, second, surveyor, surveyor2] = await people(shared, 'cadre', 'secretary', 'surveyor', 'surveyor2')
  const { items } = await cadre.api('GET', '/households?status=none&limit=50')
  const house = items.find((h) => (h.open_cases ?? 0) === 0) ?? items[0]
  const { case: clue } = await cadre.api('POST', '/cases', { procedure: 'risk_clue', household_id: house.id, form: { channel: 'routine_check', found_at: now(), content: '户主住院，自付费用较大。' } })
  const child = async (procedure) => (await cadre.api('GET', `/households/${house.id}/cases?open=true&problems=false`)).items.find((c) => c.procedure === procedure && !c.closed_at).id
  const options = async (p, id, event, field) => (await p.api('GET', `/cases/${id}/events/allowed`)).items.find((x) => x.event === event).form.find((f) => f.code === field).options.map((o) => o.code)
  await cadre.fire(clue.id, 'register_locally', {})
  await second.api('POST', `/cases/${clue.id}/endorsements`, { event: 'confirm_risk' })
  const screening = await cadre.attach(clue.id, 'screening_form')
  await cadre.fire(clue.id, 'confirm_risk', { visited_on: today, respondent: '本人', risk_types: ['illness'], income_estimate: 650000, difficulty: '住院自付较多', screening_form: [screening], fast_lane: true })
  const id = await child('identification')
  await cadre.fire(id, 'prepare', { policy_sheet: true, told_on: today })
  const paper = await cadre.attach(id, 'authorization')
  const { items: members } = await cadre.api('GET', `/households/${house.id}/members`)
  await cadre.fire(id, 'sign_authorization', { sign_mode: 'hand', persons: [{ person_id: members[0].id }], items: await options(cadre, id, 'sign_authorization', 'items'), valid_until: `${Number(today.slice(0, 4)) + 1}-12-31`, authorization: [paper] })
  const [one, two] = [await surveyor.attach(id, 'surveyor_signature'), await surveyor.attach(id, 'farmer_signature')]
  await surveyor2.api('POST', `/cases/${id}/endorsements`, { event: 'submit_verification' })
  const survey = { visited_on: today, respondent: '本人', mode: 'home', category: 'unstable', risk_types: ['illness'], population: 3, income: [{ item: '务工', category: 'wage', income: 1500000, expense: 0 }], per_head_claimed: 500000, own_medical: 0 }
  await surveyor.fire(id, 'submit_verification', { ...survey, education_ok: true, medical_ok: true, housing_ok: true, water_ok: true, findings: '长期服药。', surveyor_signature: [one], farmer_signature: [two] })
  const list = await second.attach(id, 'sign_in')
  await second.fire(id, 'review_pass', { held_at: now(), place: '村委会', chair: '村支书', kind: 'representatives', eligible: 30, present: 28, agree: 27, against: 0, abstain: 1, recused: true, minutes: '同意', sign_in: [list] })
  shared.notice = await child('village_notice')
  shared.head = house.head_name
  shared.village = house.village?.code ?? house.region_code
  await cadre.fire(shared.notice, 'submit_draft', { village: '松塘村', group: '一组', head_name: house.head_name, population: 3, proposal: '拟纳入防止返贫监测对象', unit: '松塘村村民委员会' })
  for (const p of [second, surveyor, surveyor2]) await p.close()
  shared.cadreAtDesk = cadre
}

/** A part of a Word file. */
function partOf(zip, name) {
  for (let at = zip.indexOf('PK\x01\x02'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 4)) {
    const length = zip.readUInt16LE(at + 28)
    if (zip.toString('utf8', at + 46, at + 46 + length) !== name) continue
    const from = zip.readUInt32LE(at + 42)
    const body = from + 30 + zip.readUInt16LE(from + 26) + zip.readUInt16LE(from + 28)
    return inflateRawSync(zip.subarray(body, body + zip.readUInt32LE(at + 20))).toString('utf8')
  }
  throw new Error(`no ${name}`)
}

async function printedCode(shared) {
  const { cadreAtDesk: cadre, notice, browser, base } = shared
  // The sheet is printed before it hangs; the code leads to where it will stand.
  const [town] = await people(shared, 'township')
  const paper = await town.api('POST', '/papers', { kind: 'village_notice', case_id: notice, texts: [{ code: 'phone', text: '08255550000' }] })
  const file = await town.page.evaluate(async (path) => Array.from(new Uint8Array(await (await fetch(path)).arrayBuffer())), `/api/v1/papers/${paper.id}/file?format=docx&purpose=print`)
  const [, address] = partOf(Buffer.from(file), 'word/document.xml').match(/descr="([^"]*)"/)
  assert.ok(address.startsWith(`${base}/public/villages/${shared.village}/notices/`), address)
  await town.close()
  shared.address = address

  const p = await villager(browser, base)
  await p.page.goto(address)
  await p.page.getByText('现在没有张贴').waitFor()
  await p.close()
  const photo = await cadre.attach(notice, 'photo')
  await cadre.fire(notice, 'post', { place: '村公示栏', phone: '08255550000', channel: 'board', photo: [photo] })
}

/** Somebody with an old phone: a small screen, and nothing that an application would need. */
async function villager(browser, base, { script = true } = {}) {
  const p = await Person.at(browser, base, { phone: true, script })
  await p.page.setViewportSize({ width: 360, height: 740 })
  return p
}

/** Fit for everybody: for who hears it, on a small screen, enlarged, and with text of twice the size. */
async function fits(p, where) {
  const { page } = p
  await p.fitsTheScreen(where)
  await p.noSeriousFaults(where)
  const act = () => page.locator('main :is(button, .button, a), footer a').first()
  await inTwiceTheText(page, where, act)
  await zoomed(page, where, act)
  await page.evaluate(() => window.scrollTo(0, 0))
}

async function byName(shared) {
  const p = await villager(shared.browser, shared.base)
  const sizes = []
  p.page.on('response', async (r) => sizes.push((await r.body().catch(() => Buffer.alloc(0))).length))
  await p.page.goto(shared.address)
  await p.page.getByText('拟纳入防止返贫监测对象').first().waitFor()
  assert.match(await p.page.locator('.days').innerText(), /公示到 .*还有 \d+ 天/s)
  await fits(p, 'public notice')
  assert.ok((await p.page.evaluate(() => Number.parseFloat(getComputedStyle(document.body).fontSize))) >= 18, 'large type')
  assert.ok(sizes.reduce((a, b) => a + b, 0) < 60 * 1024, `the page and all it needs are small: ${sizes}`)
  await p.shot('80-public-notice')
  await picture(shared, p.page, 'phone/nobody-public-notice')
  await p.page.getByRole('link', { name: '大字', exact: true }).click()
  await p.page.getByRole('link', { name: '恢复字号' }).waitFor()
  await fits(p, 'public notice in large type')
  await p.shot('81-public-large')
  await p.page.getByRole('link', { name: '看本村其他公示' }).click()
  await p.page.getByRole('link', { name: new RegExp(`看全文、提异议.*${shared.head}`) }).first().waitFor()
  await fits(p, 'public village')
  await p.shot('82-public-village')
  await p.page.getByRole('link', { name: new RegExp(`看全文、提异议.*${shared.head}`) }).first().click()

  await p.page.getByLabel('您要反映的事实（必填）').fill('车')
  await p.page.getByRole('button', { name: '提交异议' }).click()
  await p.page.getByText('请写得具体一些').waitFor()
  await fits(p, 'public notice with a fault')
  await p.page.getByLabel('您要反映的事实（必填）').fill('该户有小汽车一辆，去年新买。')
  await p.page.getByLabel('您的姓名（可以不写）').fill('胡知情')
  await p.page.getByLabel('您的电话（可以不写，留下便于答复）').fill('13900005678')
  await p.shot('83-public-objection')
  await p.page.getByRole('button', { name: '提交异议' }).click()
  await p.page.getByRole('heading', { level: 1, name: '异议已收到' }).waitFor()
  shared.code = await p.page.locator('.code').innerText()
  assert.match(shared.code, /^\d{4} \d{4} \d{4} \d{4}$/)
  assert.match(await p.page.locator('.number').innerText(), /^YY/)
  await fits(p, 'objection received')
  await p.shot('84-public-given')
  await picture(shared, p.page, 'phone/nobody-public-objection')
  assert.equal((await p.context.cookies()).length, 0, 'nothing is kept on the phone')
  await p.close()
}

async function receipt(shared) {
  const { browser, base, code } = shared
  const p = await villager(browser, base)
  const ask = async (text) => {
    await p.go('/public/receipts')
    await p.page.getByLabel(/^查询码/).fill(text)
    await p.page.getByRole('button', { name: '查询' }).click()
  }
  await ask('1234 5678 9012 3456')
  await p.page.getByText('没有这个查询码').waitFor()
  await ask(code)
  await p.page.getByRole('heading', { name: '已收到' }).waitFor()
  assert.ok(!p.page.url().includes(code.slice(0, 4)), 'no address keeps the code')
  await fits(p, 'receipt')

  const [town] = await people(shared, 'township')
  const { items } = await town.api('GET', '/cases?procedure=objection&open=true')
  await town.fire(items[0].id, 'accept', {})
  await town.close()
  await ask(code)
  await p.page.getByRole('heading', { name: '正在核查' }).waitFor()
  const said = await p.page.locator('main').innerText()
  for (const secret of ['胡知情', '13900005678', '小汽车', shared.head]) assert.ok(!said.includes(secret), secret)
  await fits(p, 'receipt of what is being checked')
  await p.shot('85-public-receipt')
  await picture(shared, p.page, 'phone/nobody-public-receipts')
  await p.close()
}

async function withoutName(shared) {
  const p = await villager(shared.browser, shared.base, { script: false })
  await p.page.goto(shared.address)
  await p.page.getByLabel('您要反映的事实（必填）').fill('该户常年在外，家中无人。')
  await p.page.getByRole('button', { name: '提交异议' }).click()
  // One objection is being checked: the next is told where else to go, and keeps what was written.
  await p.page.getByText('请打电话或者当面向松塘村村民委员会反映').waitFor()
  assert.equal(await p.page.getByLabel('您要反映的事实（必填）').inputValue(), '该户常年在外，家中无人。')
  await p.close()
}

async function nothingElse({ browser, base }) {
  const p = await villager(browser, base)
  for (const path of ['/households', '/cases', '/messages', '/accounts']) {
    await p.go(path)
    await p.page.getByLabel('用户名').waitFor()
  }
  for (const path of ['/public/cases', '/public/villages/1', '/public/']) {
    assert.equal((await p.page.goto(base + path)).status(), 404)
    await p.page.getByText('没有这个页面').waitFor()
  }
  await fits(p, 'public fault')
  await p.close()
}

async function atOnce(shared) {
  const { cadreAtDesk: cadre } = shared
  const [second] = await people(shared, 'cadre2')
  await cadre.page.setViewportSize({ width: 1280, height: 800 })
  const { items } = await cadre.api('GET', '/households?status=none&limit=50')
  const house = items.filter((h) => (h.open_cases ?? 0) === 0).at(-1)
  const stream = second.page.waitForResponse((r) => r.url().endsWith('/api/v1/live'))
  await Promise.all([cadre.go('/'), second.go('/')])
  await stream
  await second.page.locator('nav .badge').first().waitFor()
  await second.page.waitForTimeout(1500) // the numbers of the opening page are there
  const before = await second.page.locator('nav .badge').first().textContent()

  // A new clue is in the other's inbox, without a reload, within a second.
  const { case: clue } = await cadre.api('POST', '/cases', { procedure: 'risk_clue', household_id: house.id, form: { channel: 'routine_check', found_at: now(), content: '房屋漏雨。' } })
  const began = Date.now()
  await second.page.waitForFunction((was) => document.querySelector('nav .badge')?.textContent !== was, before)
  const took = Date.now() - began
  console.log(`      a change reached the other browser ${took} ms after its answer`)
  assert.ok(took < 3000, `${took} ms`)

  // Who has a form open keeps what he types, and is told who was there.
  await cadre.fire(clue.id, 'register_locally', {})
  await second.go(`/cases/${clue.id}`)
  await second.choose('misrouted')
  await second.fill('理由', '该户常住邻村。')
  await cadre.attach(clue.id, 'screening_form')
  const told = second.page.getByRole('status').filter({ hasText: '本事项刚有变化' })
  await told.waitFor()
  assert.match(await told.innerText(), /何春林.*您填写的内容没有变动/s)
  assert.equal(await second.page.getByLabel('理由').inputValue(), '该户常住邻村。')
  await second.shot('86-moved')
  // One's own act is no news.
  assert.equal(await cadre.page.getByText('本事项刚有变化').count(), 0)
  await cadre.go(`/cases/${clue.id}`)
  await cadre.page.getByRole('heading', { name: '现在可以办理' }).waitFor()
  await second.api('POST', `/cases/${clue.id}/endorsements`, { event: 'confirm_risk' })
  await cadre.page.getByText('页面已刷新').waitFor()
  await cadre.shot('87-refreshed')
  await cadre.close()
  await second.close()
}
