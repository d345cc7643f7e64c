// Files that go in and come out: lists of departments, workbooks with their faults, exports that outlive their dialog; and
// the conditions and words with which long lists and rules are written.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Person, today } from './person.mjs'
import { exchanged, textsOf, workbookOf } from './xlsx.mjs'

export const imports = [
  ['a department brings a list: columns put right, faults given back in a workbook, the rest imported', deptList],
  ['an office decides whom a list means, and a corrected list takes its place', reviews],
  ['a workbook of problems comes back with its faults; its problems are narrowed and counted', problems],
  ['a workbook of forms comes back with its faults', forms],
  ['an export outlives its dialog, and tells when its file is gone', exports],
  ['households, cases and accounts by what they are', filters],
  ['a rule is written with the words that are offered', rule],
]

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** Chooses from a list to open whose label says what is chosen, too; without an option the second one, after 全部. */
async function choose(p, label, option) {
  await p.page.getByLabel(new RegExp(`^${label}`)).first().click()
  const open = p.page.locator('.ant-select-dropdown:visible')
  await (option ? open.getByTitle(option, { exact: true }) : open.locator('.ant-select-item-option').nth(1)).click()
  await open.waitFor({ state: 'hidden' })
}

/** The workbook that a click gives. */
async function returned(p) {
  const [file] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('button', { name: '下载写有结果的工作簿' }).click()])
  assert.match(file.suggestedFilename(), /^导入结果-.*\.xlsx$/)
  return textsOf(readFileSync(await file.path()))
}

/** The numbers of two heads of households, whole. */
async function numbers(p) {
  const { items } = await p.api('POST', '/persons/query', { limit: 50 })
  const out = []
  for (const x of items.filter((m) => m.is_head && m.age > 20)) {
    if (out.length === 2) break
    const { value } = await p.api('POST', `/households/${x.household.id}/unmask`, { field: 'id_no', member_id: x.id, purpose: '核对部门名单' })
    if (/^\d{17}[\dX]$/.test(value ?? '')) out.push({ name: x.name, number: value })
  }
  assert.equal(out.length, 2)
  return out
}

async function deptList(shared) {
  const town = await (await Person.at(shared.browser, shared.base)).signIn('township')
  const [a, b] = await numbers(town)
  shared.heads = [a, b]
  const p = await (await Person.at(shared.browser, shared.base)).signIn('dept_civil_affairs')
  await p.page.getByRole('link', { name: '部门名单', exact: true }).click()
  await p.page.getByRole('button', { name: '导入名单' }).click()
  await p.page.getByLabel('数据截止日期').fill(today)
  const list = `姓名,编号一,保障状态\n${a.name},${a.number},在保\n${b.name}某,${b.number},在保\n,${a.number},在保\n`
  await p.page.locator('input[data-field=list]').setInputFiles({ name: '低保.csv', mimeType: 'text/csv', buffer: Buffer.from(list) })
  await p.page.getByRole('heading', { name: '列对应关系' }).waitFor()
  await choose(p, '身份证号', '编号一')
  assert.ok(await p.page.getByRole('button', { name: /^确认导入/ }).isDisabled(), 'columns that were not looked at are not imported')
  await p.page.getByRole('button', { name: '按这些列重新预览' }).click()
  await p.page.getByText('预览：共 3 行，可用 2 行，有误 1 行').waitFor()
  await p.page.getByRole('button', { name: '保存列对应关系' }).click()
  await p.page.getByText('已保存列对应关系，下次自动套用').waitFor()
  await p.shot('i1-list')
  await p.noSeriousFaults('导入名单')
  assert.match(await returned(p), /有误[\s\S]*DPT-/, 'the fault stands in the workbook')
  await p.page.getByRole('button', { name: '确认导入 2 行' }).click()
  await p.page.getByText('有误的 1 行没有导入', { exact: false }).waitFor()
  await returned(p)
  await p.page.getByRole('button', { name: /^完\s?成$/ }).click()
  await p.page.locator('.list tbody tr', { hasText: '低保.csv' }).waitFor()
  await p.shot('i1-lists')
  await p.close()
  await town.close()
}

async function reviews(shared) {
  const [a, b] = shared.heads
  const p = await (await Person.at(shared.browser, shared.base)).signIn('county')
  await p.page.getByRole('link', { name: '部门名单', exact: true }).click()
  const doubts = p.page.getByRole('region', { name: '疑似人员核对' })
  await doubts.getByRole('button', { name: /^核\s?对$/ }).first().click()
  const dialog = p.page.getByRole('dialog', { name: `核对 ${b.name}某` })
  await dialog.getByLabel(new RegExp(`户的 ${b.name}`)).check()
  await dialog.getByLabel(/^依据/).fill('户口簿核对，名单多写一字')
  await p.shot('i2-review', false)
  await p.noSeriousFaults('疑似人员核对')
  await dialog.getByRole('button', { name: /^确\s?认$/ }).click()
  await dialog.waitFor({ state: 'hidden' })
  await p.close()

  const d = await (await Person.at(shared.browser, shared.base)).signIn('dept_civil_affairs')
  await d.go('/departments')
  await d.page.locator('.list tbody tr', { hasText: '低保.csv' }).getByRole('button', { name: '更正' }).click()
  const panel = d.page.getByRole('region', { name: '导入名单' })
  await panel.getByText('代替截至', { exact: false }).waitFor()
  const list = `姓名,编号一,保障状态\n${a.name},${a.number},停保\n${b.name},${b.number},在保\n`
  await d.page.locator('input[data-field=list]').setInputFiles({ name: '低保更正.csv', mimeType: 'text/csv', buffer: Buffer.from(list) })
  await d.page.getByText('预览：共 2 行，可用 2 行，有误 0 行').waitFor() // with the columns that were saved
  await d.page.getByRole('button', { name: '确认导入 2 行' }).click()
  await d.page.locator('.list tbody tr', { hasText: '低保更正.csv' }).getByText('更正名单', { exact: false }).waitFor()
  await d.close()
}

async function problems({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('township')
  const { can_create } = await p.api('GET', '/programmes')
  const phases = [{ kind: 'rectify', title: '集中整改', from: `${today.slice(0, 4)}-01-01`, until: `${today.slice(0, 4)}-12-31` }]
  const made = await p.api('POST', '/programmes', { title: '退回工作簿的整改方案', region_code: can_create[0].code, source_paper: '', plan: '', phases, events: [] })
  await p.go(`/programmes/${made.id}`)
  await p.page.getByRole('button', { name: '导入工作簿' }).click()
  const rows = [['具体问题', '村'], ...Array.from({ length: 55 }, (_, i) => [`台账更新不及时 ${i + 1}`, i < 20 ? '松塘村' : '']), ['没有这个村的问题', '不存在村']]
  await p.page.locator('input[data-field=workbook]').setInputFiles({ name: '问题.xlsx', mimeType: xlsx, buffer: workbookOf(rows) })
  await p.page.getByText('预览：新增 55 件，接着办 0 件，已在方案中 0 件，未导入 1 件').waitFor()
  const before = await returned(p)
  assert.match(before, /未导入/)
  assert.match(before, /不存在村/)
  await p.page.getByRole('button', { name: '确认导入 55 件' }).click()
  await p.page.getByText('已办：新增 55 件', { exact: false }).waitFor({ timeout: 60_000 })
  await p.shot('i3-imported', false)
  assert.match(await returned(p), /已在方案中/, 'and once more after it is done')
  await p.page.getByRole('button', { name: /^完\s?成$/ }).click()

  const list = p.page.getByRole('region', { name: '问题', exact: true })
  await list.getByText('共 55 条', { exact: false }).first().waitFor()
  await list.getByRole('button', { name: '下一页' }).click()
  await list.getByText('第 2 页，本页 5 条', { exact: false }).waitFor()
  await choose(p, '村（镇）', '云岫县青禾镇松塘村')
  await p.page.waitForURL(/village=/)
  await list.getByText('第 1 页，本页 20 条，共 20 条').waitFor()
  await p.shot('i3-problems')
  await p.noSeriousFaults('/programmes/{programme}')
  await choose(p, '情况', '逾期')
  await list.getByText('没有符合条件的问题').waitFor()
  await list.getByRole('button', { name: '清除条件' }).click()
  await list.getByText('共 55 条', { exact: false }).first().waitFor()
  await p.close()
}

async function forms({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('cadre')
  await p.go('/forms')
  await p.page.getByRole('button', { name: '打印、下载或填写' }).click()
  await p.page.getByLabel(/^表名/).fill('监测对象地理位置')
  await p.page.getByTitle('监测对象地理位置信息采集表', { exact: true }).click()
  await p.page.getByRole('button', { name: '下载工作簿' }).click()
  await p.fill('用途（记入查阅记录）', '集中填写')
  const [book] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('button', { name: /^下\s?载$/ }).click()])
  const file = readFileSync(await book.path())
  const { items } = await p.api('GET', '/households?limit=100')
  const one = items.find((h) => textsOf(file).includes(h.id))
  const broken = exchanged(file, one.id, `X${one.id.slice(1)}`)
  await p.go('/forms')
  await p.page.getByRole('button', { name: '导入填好的工作簿' }).click()
  await p.page.locator('input[data-field=forms]').setInputFiles({ name: '改坏的.xlsx', mimeType: xlsx, buffer: broken })
  await p.page.getByText(/未导入 1 份/).waitFor({ timeout: 30_000 })
  await p.page.locator('.list tbody tr', { hasText: '没有这个填写对象' }).waitFor()
  await p.shot('i4-forms', false)
  assert.match(await returned(p), /没有这个填写对象/)
  await p.close()
}

async function exports({ browser, base, sql }) {
  const p = await (await Person.at(browser, base)).signIn('township')
  const menu = async () => {
    await p.page.locator('.account summary').click()
    await p.page.getByRole('link', { name: '我的导出' }).click()
    await p.page.getByRole('heading', { name: '我的导出' }).waitFor()
  }
  await p.go('/households')
  await p.page.getByRole('button', { name: /^导\s?出$/ }).first().click()
  const dialog = p.page.getByRole('dialog', { name: '导出列表' })
  await dialog.getByLabel(/^用途/).fill('季度工作调度会用')
  await dialog.getByRole('button', { name: /^导\s?出$/ }).click()
  await dialog.getByRole('button', { name: /^关\s?闭$/ }).click()
  await menu()
  const row = p.page.locator('[data-export]').first()
  const link = row.getByRole('link', { name: '下载工作簿' })
  await link.waitFor({ timeout: 60_000 })
  const [file] = await Promise.all([p.page.waitForEvent('download'), link.click()])
  assert.match(textsOf(readFileSync(await file.path())), /季度工作调度会用/, 'the watermark')
  await p.shot('i5-exports')
  await p.noSeriousFaults('/exports')

  const no = await row.getAttribute('data-export')
  if (sql) {
    sql(`UPDATE exports SET expires_at = '2020-01-01 00:00:00+00:00' WHERE no = '${no}'`)
    await p.page.reload()
    await p.page.locator(`[data-export="${no}"]`).getByText('文件已经过期', { exact: false }).waitFor()
  }
  // A second one is taken away early; that it was taken stays on record.
  await p.api('POST', '/exports', { list: 'programmes', reason: '季度工作调度会用', filter: {} })
  await p.page.reload()
  await p.page.locator('[data-export]', { hasText: '整改方案' }).getByRole('button', { name: '删除文件' }).click()
  await p.page.locator('[data-export]', { hasText: '整改方案' }).getByText('导出已取消').waitFor()
  await p.close()

  const phone = await (await Person.at(browser, base, { phone: true })).signIn('township')
  await phone.go('/exports')
  await phone.page.locator('[data-export]').first().waitFor()
  await phone.shot('i5-phone-exports')
  await phone.fitsTheScreen('/exports')
  await phone.close()
}

async function filters({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('township')
  const total = async (filter) => (await p.api('POST', '/households/query', { ...filter, count: true, limit: 1 })).total
  await p.go('/households')
  await choose(p, '户类型', '脱贫户')
  await p.page.waitForURL(/base_type=out_of_poverty/)
  await p.page.getByText(`共 ${await total({ base_type: 'out_of_poverty' })} 条`, { exact: false }).waitFor()
  await choose(p, '村（镇）', '松塘村')
  await p.page.waitForURL(/village=/)
  await choose(p, '组')
  await p.page.waitForURL(/group=/)
  await p.page.getByRole('button', { name: '存为常用查询' }).waitFor() // with all of them
  await p.shot('i6-households')
  await p.noSeriousFaults('/households')
  await p.go('/households')
  await p.page.getByRole('button', { name: '按风险类型查找' }).click()
  const dialog = p.page.getByRole('dialog', { name: '按风险类型查找' })
  await dialog.getByRole('radio').first().check()
  assert.ok(await dialog.getByRole('button', { name: /^查\s?找$/ }).isDisabled(), 'an office says what for')
  await dialog.getByLabel(/^用途/).fill('排查因病返贫风险')
  await dialog.getByRole('button', { name: /^查\s?找$/ }).click()
  await p.page.getByRole('button', { name: /^取消按/ }).waitFor()
  assert.doesNotMatch(decodeURIComponent(p.page.url()), /risk|风险/, 'it stands in no address')
  assert.equal(await p.page.getByRole('button', { name: /^导\s?出$/ }).count(), 0, 'and is not taken out')
  await p.shot('i6-risk', false)

  await p.go('/cases?procedure=risk_clue')
  await choose(p, '当前环节')
  await p.page.waitForURL(/state=/)
  await p.shot('i6-cases', false)
  await p.close()

  const sys = await (await Person.at(browser, base)).enter('sysadmin')
  await sys.go('/accounts')
  await choose(sys, '情况', '已停用')
  await sys.page.waitForURL(/disabled=true/)
  await choose(sys, '情况', '在用')
  await sys.page.locator('.list tbody tr').first().waitFor()
  await sys.close()
}

async function rule({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('county')
  await p.go('/rules')
  await p.page.getByRole('button', { name: '新增规则' }).click()
  const field = p.page.getByLabel('条件', { exact: true })
  await field.click()
  await p.page.keyboard.type('人')
  const words = p.page.getByRole('listbox', { name: '可以填写的词' })
  await words.getByRole('option').first().waitFor()
  const first = await words.getByRole('option').first().locator('.expression').innerText()
  await p.shot('i7-words', false)
  await p.noSeriousFaults('/rules')
  await p.page.keyboard.press('Enter')
  assert.equal(await field.inputValue(), first)
  await p.page.keyboard.type(' > 1 && .')
  await words.waitFor()
  await p.page.keyboard.press('ArrowDown')
  const second = await words.locator('[aria-selected=true] .expression').innerText()
  await p.page.keyboard.press('Enter')
  assert.equal(await field.inputValue(), `${first} > 1 && ${second}`)
  await p.page.keyboard.type(' || 人')
  await words.waitFor()
  await p.page.keyboard.press('Escape')
  assert.equal(await words.count(), 0)
  await p.close()
}
