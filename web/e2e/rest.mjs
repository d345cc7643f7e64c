// What people do seldom: care for somebody's account, hand work over, leave it for later, mend a plan, find what does not agree.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { screening } from './campaign.mjs'
import { Cast } from './cast.mjs'
import { inField, staffed } from './offices.mjs'
import { PASSWORD, Person, today } from './person.mjs'

/** They need none of the others. */
export const rest = [
  ['an account is cared for: its tokens and devices are stopped, who its owner is elsewhere is told, and he learns of it', care],
  ['a post is ended, and with it the way in', ended],
  ['a task is handed over, another left for later, with the reason why the next comes', handedOver],
  ['a household is found by a whole identity number, within one’s own area only', byNumber],
  ['forms are printed to be filled in by hand', blankForms],
  ['a programme is mended, and a number of the statistics tells which problems it counts', programme],
  ['a check of all data is stopped', stopped],
  ['somebody joins a campaign, its phase ends, a day of it is told by group; only forms that are filled in are printed', campaign],
  ['a replay tells which case does not agree with its record', disagreeing],
]

/** Tells what one run has made from what another has. */
const tag = Date.now().toString(36).slice(-5)
const days = (n) => new Date(Date.parse(today) + n * 86_400_000).toISOString().slice(0, 10)

const enter = async ({ browser, base }, login, phone = false) => (await Person.at(browser, base, { phone })).enter(login)

/** Looks at a page on the smallest phone too. */
async function narrow(p, name) {
  await p.page.setViewportSize({ width: 360, height: 740 })
  await p.fitsTheScreen(name)
  await p.shot(`${name}-phone`)
  await p.page.setViewportSize({ width: 1280, height: 800 })
}

/** The file that a click brings. */
async function file(p, button) {
  const [got] = await Promise.all([p.page.waitForEvent('download'), button.click()])
  return readFileSync(await got.path())
}

/** Looks at the households of a village in the cockpit of a campaign. */
async function chooseVillage(p) {
  await p.page.getByRole('region', { name: '行动范围' }).getByLabel(/村/).first().click()
  await p.page.locator('.ant-select-dropdown:visible').getByTitle('松塘村', { exact: true }).click()
}

/** Writes down the purpose of a print, and gives the file. */
async function printed(p, button, format) {
  await button.click()
  const dialog = p.page.getByRole('dialog')
  await dialog.getByLabel('用途（记入查阅记录）').fill('入户填写')
  if (format) await dialog.getByRole('radio', { name: format }).check()
  const bytes = await file(p, dialog.getByRole('button', { name: /^下\s?载$/ }))
  await dialog.waitFor({ state: 'detached' })
  return bytes
}

async function care(shared) {
  const owner = await enter(shared, 'neighbour', true)
  const { scopes } = await owner.api('GET', '/me/tokens')
  const { token } = await owner.api('POST', '/me/tokens', { name: `村务平台 ${tag}`, scopes: [scopes[0].code], days: 30, password: PASSWORD })
  const asked = async () => (await fetch(`${shared.base}/api/v1/me`, { headers: { Authorization: `Bearer ${token}` } })).status
  assert.notEqual(await asked(), 401, 'the token opens something')

  const sys = await enter(shared, 'sysadmin')
  const { page } = sys
  await sys.go('/accounts?q=neighbour')
  await page.getByRole('link', { name: '贺长顺', exact: true }).click()
  const row = page.locator('tr', { hasText: `村务平台 ${tag}` })
  await row.getByText('有效', { exact: true }).waitFor()
  await sys.noSeriousFaults('一个账号')
  await sys.shot('130-account-tokens')
  await narrow(sys, '130-account-tokens')
  await page.getByRole('button', { name: '停用接口令牌' }).click()
  await page.getByRole('button', { name: '确认停用接口令牌' }).click()
  await row.getByText('已停用').waitFor()
  assert.equal(await asked(), 401)
  await page.getByText(/登录着 \d+ 台设备/).waitFor()
  await page.getByRole('button', { name: '退出全部登录' }).click()
  await page.getByRole('button', { name: '确认退出全部登录' }).click()
  await page.getByText('目前没有登录。').waitFor()
  await owner.go('/households')
  await owner.page.getByLabel('用户名').waitFor()

  const { oidc } = await sys.api('GET', '/session/methods')
  if (oidc) await linked(shared, sys, owner, oidc) // a server elsewhere may have no provider of identities
  await sys.close()
  await owner.close()
}

/** Says who the owner of the open account is at the provider; he is told, and it is taken back. */
async function linked(shared, sys, owner, oidc) {
  const { page } = sys
  const link = async (subject) => {
    await page.getByText(`没有关联${oidc}。`).waitFor()
    await sys.fill('此人在认证方的编号（sub）', subject)
    await page.getByRole('button', { name: /^关\s?联$/ }).click()
  }
  await link(`sub-${tag}`)
  await page.getByText(`${oidc}：sub-${tag}，关联于`).waitFor()
  await sys.shot('131-account-linked')

  const other = await enter(shared, 'sysadmin')
  await other.go('/accounts?q=cadre2')
  await other.page.getByRole('link', { name: '罗小梅', exact: true }).click()
  await other.fill('此人在认证方的编号（sub）', `sub-${tag}`)
  await other.page.getByRole('button', { name: /^关\s?联$/ }).click()
  await other.page.getByText('此人已关联另一个账号').waitFor()
  await other.close()

  await owner.knock('neighbour', PASSWORD)
  await owner.page.locator('.account').waitFor()
  await owner.go('/messages?about=personal&unread=true')
  const read = owner.page.getByRole('button', { name: /^标为已读：您的账号已关联/ })
  await read.waitFor()
  const left = async () => Number(/只看未读（(\d+)）/.exec(await owner.page.locator('main').innerText())[1])
  const before = await left()
  await owner.fitsTheScreen('/messages')
  await owner.shot('132-phone-told')
  await read.click()
  await read.waitFor({ state: 'detached' })
  await owner.page.getByText(`只看未读（${before - 1}）`).waitFor()

  await page.getByRole('button', { name: '取消关联' }).click()
  await page.getByText(`没有关联${oidc}。`).waitFor()
}

async function ended(shared) {
  const sys = await enter(shared, 'sysadmin')
  const sec = await enter(shared, 'secadmin')
  const cadre = await enter(shared, 'cadre')
  const [{ region_code: village }] = (await cadre.api('GET', '/me')).grants
  await cadre.close()
  const login = `li${tag}`
  const { account, initial_password: initial } = await sys.api('POST', '/accounts', { login, name: '离任甲', region_code: village })
  await sec.api('POST', `/accounts/${account.id}/grants`, { role: 'village_cadre', region_code: village, from: today, basis: '任命文件〔2026〕3号' })
  await sys.close()
  await sec.go(`/accounts/${account.id}`)
  const row = sec.page.locator('tr', { hasText: '村“两委”干部' })
  await row.getByText('有效', { exact: true }).waitFor()
  await row.getByRole('button', { name: '终止 村“两委”干部' }).click()
  const dialog = sec.page.getByRole('dialog', { name: '终止 离任甲 的岗位：村“两委”干部' })
  assert.ok(await dialog.getByRole('button', { name: '确认终止' }).isDisabled(), 'not without a reason')
  await dialog.getByLabel('理由').fill('换届离任')
  await sec.noSeriousFaults('终止岗位')
  await sec.shot('133-end-post', false)
  await dialog.getByRole('button', { name: '确认终止' }).click()
  await row.getByText('已终止').waitFor()
  assert.equal(await row.getByRole('button').count(), 0, 'what is over is not ended again')
  await sec.close()

  const p = await Person.at(shared.browser, shared.base, { phone: true })
  await p.knock(login, initial)
  await p.page.getByRole('alert').getByText('该账号目前没有有效的岗位，请联系安全管理员').first().waitFor()
  await p.close()
}

/** Opens a clue about a household that has no case. */
async function newClue(p, content) {
  const { items } = await p.api('GET', '/households?status=none&limit=100')
  for (const h of items) {
    const { items: cases } = await p.api('GET', `/households/${h.id}/cases?open=true`)
    if (cases.some((c) => !c.final && c.procedure !== 'household_status' && c.procedure !== 'visit_task')) continue
    return (await p.api('POST', '/cases', { procedure: 'risk_clue', household_id: h.id, form: { channel: 'routine_check', found_at: new Date().toISOString(), content } })).case
  }
  return assert.fail('no household is free')
}

async function handedOver(shared) {
  const p = await enter(shared, 'cadre')
  const { page } = p
  const clue = await newClue(p, '户主住院，自付费用较大。')
  const found = async (who) => {
    await who.go('/?procedure=risk_clue')
    await who.page.getByRole('searchbox').or(who.page.getByLabel(/姓名|编号/)).first().fill(clue.no)
    const row = who.page.locator(`tr[data-case="${clue.id}"]`)
    await row.waitFor()
    return row
  }
  const row = await found(p)
  await row.getByRole('button', { name: /^领取/ }).click()
  await row.getByRole('button', { name: /^转办/ }).click()
  const dialog = page.getByRole('dialog')
  assert.ok(await dialog.getByRole('button', { name: '确认转办' }).isDisabled(), 'somebody is chosen first')
  await dialog.getByRole('radio', { name: '罗小梅' }).check()
  await p.noSeriousFaults('转办')
  await p.shot('134-hand-over', false)
  await dialog.getByRole('button', { name: '确认转办' }).click()
  await page.getByText('已转给 罗小梅 办理').waitFor()
  await row.waitFor({ state: 'detached' }) // it is no longer his
  const other = await enter(shared, 'cadre2', true)
  const mine = await found(other)
  await mine.getByText('本人').waitFor()
  await mine.getByRole('button', { name: /^退回待领/ }).click()
  await other.page.getByText('已退回待领').waitFor()
  await other.close()

  await p.go(`/cases/${clue.id}`)
  await p.noSeriousFaults('案件页：先放一放')
  await page.getByRole('button', { name: '先放一放，看下一件' }).click()
  await page.getByText(/^下一件：/).waitFor()
  await page.waitForURL((url) => /^\/cases\/./.test(url.pathname) && !url.pathname.endsWith(clue.id))
  const second = new URL(page.url()).pathname
  await page.getByRole('button', { name: '先放一放，看下一件' }).waitFor()
  await p.shot('135-next')
  await page.locator('h1').click()
  await page.keyboard.press('n')
  await page.waitForURL((url) => url.pathname !== second)
  await narrow(p, '135-next')
  await p.close()
}

async function byNumber(shared) {
  const office = await enter(shared, 'township')
  const { items } = await office.api('POST', '/persons/query', { limit: 50 })
  const head = items.find((x) => x.is_head && x.age > 20)
  const { value: number } = await office.api('POST', `/households/${head.household.id}/unmask`, { field: 'id_no', member_id: head.id, purpose: '核对身份证号' })
  await office.close()
  const search = async (p) => {
    await p.go('/households')
    await p.page.getByRole('button', { name: '按身份证号查找' }).click()
    const dialog = p.page.getByRole('dialog', { name: '按身份证号查找' })
    const find = dialog.getByRole('button', { name: /^查\s?找$/ })
    await dialog.getByLabel(/^完整的 18 位身份证号码/).fill(number.slice(0, 17))
    assert.ok(await find.isDisabled(), 'a part of a number finds nobody')
    await dialog.getByLabel(/^完整的 18 位身份证号码/).fill(number)
    await find.click()
    return dialog
  }
  const cadre = await enter(shared, 'cadre')
  const dialog = await search(cadre)
  const link = dialog.locator(`a[href="/households/${head.household.id}"]`)
  await link.waitFor()
  assert.ok(!cadre.page.url().includes(number.slice(6, 14)), 'the number stands in no address')
  await cadre.noSeriousFaults('按身份证号查找')
  await cadre.shot('136-by-number', false)
  await link.click()
  await cadre.page.getByRole('heading', { level: 1 }).getByText(head.name).waitFor()
  await cadre.close()

  const stranger = await enter(shared, 'othertown')
  await (await search(stranger)).getByText('本人辖区内没有这一户。').waitFor()
  await narrow(stranger, '136-by-number')
  await stranger.close()
}

async function blankForms(shared) {
  const p = await enter(shared, 'cadre')
  await p.go('/forms')
  await p.page.getByRole('button', { name: '打印、下载或填写' }).click()
  const print = p.page.getByRole('button', { name: '打印待填的表' })
  assert.ok(await print.isDisabled(), 'no form is chosen')
  await p.page.getByLabel(/^表名/).fill('监测对象地理位置')
  await p.page.getByTitle('监测对象地理位置信息采集表', { exact: true }).click()
  await p.page.getByLabel(/^居民组/).fill('1组')
  assert.equal((await printed(p, print)).subarray(0, 5).toString(), '%PDF-')
  assert.equal((await printed(p, print, 'Word')).subarray(0, 2).toString(), 'PK')
  await p.shot('137-blank-forms')
  await p.close()
}

async function programme(shared) {
  const p = await enter(shared, 'township')
  const { page } = p
  const [{ region_code: township }] = (await p.api('GET', '/me')).grants
  const made = await p.api('POST', '/programmes', { title: '督查问题整改方案', region_code: township, source_paper: '', plan: '', cut_off: days(30), phases: [], events: [] })
  for (const brief of [`台账更新不及时 ${tag}`, `公示栏陈旧 ${tag}`])
    await p.api('POST', '/cases', { procedure: 'rectification', region_code: township, form: { brief, subject_kind: 'township', description: '三季度未更新', found_on: today, self_found: true, programme_no: made.no } })
  await p.go(`/programmes/${made.id}`)
  await page.getByText(`台账更新不及时 ${tag}`).waitFor()
  await page.getByRole('button', { name: '修改方案' }).click()
  await p.fill('方案名称', '')
  await page.getByRole('button', { name: '保存方案' }).click()
  await page.getByRole('alert').getByText('请填写方案名称').waitFor()
  await p.fill('方案名称', `督查问题整改方案（修订 ${tag}）`)
  await p.date('截止日期', days(45))
  await page.getByRole('button', { name: '保存方案' }).click()
  await page.getByRole('heading', { level: 1, name: `督查问题整改方案（修订 ${tag}）` }).waitFor()
  await page.getByText(days(45)).first().waitFor()
  await p.shot('138-programme')

  await page.getByRole('link', { name: '统计', exact: true }).click()
  const panel = page.locator('section.panel', { has: page.getByRole('heading', { name: '问题整改', exact: true }) })
  const counts = page.getByRole('region', { name: '所计的问题' })
  const open = panel.locator('p').first().getByRole('button').first()
  const n = Number(await open.innerText())
  assert.ok(n >= 2, `${n} problems`)
  await open.click()
  await counts.getByRole('heading', { name: `所计的问题（${n} 件）` }).waitFor()
  await counts.getByText(`公示栏陈旧 ${tag}`).waitFor()
  await p.noSeriousFaults('统计：所计的问题')
  await p.shot('139-counted')
  await narrow(p, '139-counted')
  await counts.getByRole('button', { name: /^收\s?起$/ }).click()
  await counts.waitFor({ state: 'detached' })
  await p.close()
}

async function stopped(shared) {
  const p = await enter(shared, 'county')
  const { page } = p
  const going = async () => (await p.api('GET', '/runs?limit=20')).items.some((r) => r.state === 'waiting' || r.state === 'running')
  while (await going()) await page.waitForTimeout(300) // of one kind there is one at a time
  await p.go('/runs')
  await page.getByRole('button', { name: '开始检查' }).click()
  await p.check('风险排查比对')
  await page.getByLabel(/^全部重查/).check()
  await page.getByRole('button', { name: /^开\s?始$/ }).click()
  await page.getByRole('button', { name: '取消检查' }).click()
  await page.locator('.case-title').getByText('已取消').waitFor()
  await page.getByRole('button', { name: '取消检查' }).waitFor({ state: 'detached' })
  await p.noSeriousFaults('取消的检查')
  await p.shot('140-run-stopped')
  await p.close()
}

async function campaign(shared) {
  if (!shared.command) return // its people are made on the server itself
  const office = await enter(shared, 'township')
  const { page } = office
  await staffed(shared, office)
  const surveyor = await enter(shared, 'surveyor')
  const me = await surveyor.api('GET', '/me')
  await surveyor.close()
  const phase = (stage, title, from) => ({ stage, title, from: days(from), until: days(from + 3), gates: [] })
  const stages = [phase('training', '培训', 0), phase('fieldwork', '入户', 1), phase('fieldwork', '补漏', 4), phase('review', '审核', 7), phase('rectification', '整改', 10), phase('spot_check', '抽查', 13), phase('reporting', '报告', 16)]
  const { id, items } = await inField(office, me.user.id, me.grants[0].region_code, { stages })
  await office.go(`/cases/${id}?tab=cockpit`)

  await page.getByText('补充工作组人员').click()
  const join = page.getByRole('button', { name: /^补\s?充$/ })
  await page.getByLabel('工作组', { exact: true }).fill('二组')
  await page.getByLabel('负责的村（乡镇）').click()
  await page.getByLabel('负责的村（乡镇）').fill('松塘村')
  await page.getByTitle('松塘村', { exact: true }).last().click()
  await page.getByLabel(/^人员/).fill('谭')
  await page.getByTitle('谭志远', { exact: true }).click()
  assert.ok(await join.isDisabled(), 'who is not trained does not go from door to door')
  await page.getByLabel('已培训').check()
  await join.click()
  await page.getByText('工作组人员（5人）').click()
  await page.locator('li', { hasText: '谭志远' }).getByText(/二组.*调查员/).waitFor()

  const told = page.getByLabel('本阶段形成的材料和完成情况')
  await told.fill('各户已走访，留有照片')
  await page.getByRole('button', { name: '本阶段办结，转入下一阶段' }).click()
  await page.locator('tr[aria-current=step]', { hasText: '补漏' }).getByText('进行中').waitFor()
  await told.waitFor({ state: 'detached' })

  await page.getByRole('button', { name: today, exact: true }).click()
  const day = page.getByRole('region', { name: `${today} 的进度` })
  await day.getByText('今日，未完。').waitFor()
  assert.match(await day.locator('tbody tr').first().innerText(), /松塘村[\s\S]*彭晓燕[\s\S]*\d/)
  await office.noSeriousFaults('行动的一天')
  await day.scrollIntoViewIfNeeded()
  await office.shot('141-campaign-day')
  await narrow(office, '141-campaign-day')
  await day.getByRole('button', { name: /^收\s?起$/ }).click()
  await day.waitFor({ state: 'detached' })

  await chooseVillage(office)
  await page.getByRole('button', { name: '合订打印本村户表' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('用途（记入查阅记录）').fill('归档')
  await dialog.getByRole('button', { name: /^下\s?载$/ }).click()
  await dialog.getByText('这里还没有填好的户表').waitFor()
  await formsPrinted(shared, office, id, items)
  await office.close()
}

/** A form is filled in, and stands in the file of its village and in one of its own. */
async function formsPrinted(shared, office, id, items) {
  const { page } = office
  const cast = new Cast(shared)
  const home = items.find((h) => h.base_type === 'ordinary')
  const { items: scope } = await office.api('GET', `/campaigns/${id}/coverage`)
  const form = scope.find((x) => x.household.id === home.id).form_id
  await cast.act('surveyor', form, 'visit', { three_unified: true, four_agree: true })
  await cast.act('surveyor', form, 'fill', screening(home))
  await cast.close()
  await office.go(`/cases/${id}?tab=cockpit`)
  await chooseVillage(office)
  assert.equal((await printed(office, page.getByRole('button', { name: '合订打印本村户表' }))).subarray(0, 5).toString(), '%PDF-')
  await page.locator(`tr[data-household="${home.id}"] a`).click()
  const print = page.getByRole('button', { name: /^打印、导出/ })
  assert.equal((await printed(office, print, 'PDF')).subarray(0, 5).toString(), '%PDF-')
  assert.equal((await printed(office, print, 'Excel')).subarray(0, 2).toString(), 'PK')
}

async function disagreeing(shared) {
  if (!shared.sql) return // a case is changed behind the server's back
  const p = await enter(shared, 'auditor')
  const { items } = await p.api('GET', '/cases?procedure=risk_clue&limit=100')
  const bad = items.find((c) => c.state === 'new')
  const put = (state) => shared.sql(`UPDATE cases SET state = '${state}' WHERE id = '${bad.id}'`)
  await p.go('/audit')
  await p.page.getByRole('button', { name: '审计包和重放核对' }).first().click()
  await p.page.getByLabel('程序').click()
  await p.page.locator('.ant-select-dropdown:visible').getByTitle('风险线索', { exact: true }).click()
  put('verifying')
  try {
    await p.page.getByRole('button', { name: '重放核对', exact: true }).click()
    const first = p.page.locator('[data-replay]').first()
    await first.getByText('已完成').waitFor({ timeout: 60_000 })
    await first.getByText('1 处不一致').waitFor()
    await first.getByRole('button', { name: '查看不一致' }).click()
    const fault = first.locator('tbody tr')
    await fault.getByText('按记录推演应在“风险线索：新线索”，事项记为“风险线索：核实中”').waitFor()
    assert.equal(await fault.count(), 1)
    await p.noSeriousFaults('重放的不一致')
    await p.shot('142-disagreeing')
    await narrow(p, '142-disagreeing')
  } finally {
    put(bad.state)
  }
  await p.page.locator('[data-replay]').first().getByRole('link', { name: new RegExp(bad.no) }).click()
  await p.page.getByText(/本事项处于/).waitFor()
  await p.close()
}
