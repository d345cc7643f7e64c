import assert from 'node:assert/strict'
import { Person, today } from './person.mjs'

/** Stories of the screens of administration: months of the resident teams, a policy value with its dry run, posts, forms, the calendar. They need none of the others. */
export const admin = [
  ['the leader of a resident team records a month, on a phone too; the township sees who falls short and mends it', residency],
  ['a policy value is set once its effect was told, and an open case is put under it from its page', policyTrial],
  ['a ladder of reminders is set in its table, and what the server refuses is told at its cell', ladder],
  ['what a post may do and see is told beside the choice of a post', posts],
  ['the library of forms tells what each asks, of which class and who fills it in', library],
  ['the system administrator enters the holidays of a year that everybody sees at once', calendar],
]

const month = today.slice(0, 7)

/** A screen as wide as the smallest phone, looked at. */
async function narrow(p, name) {
  await p.page.setViewportSize({ width: 360, height: 740 })
  await p.fitsTheScreen(name)
  await p.shot(`${name}-phone`)
  await p.page.setViewportSize({ width: 1280, height: 800 })
}

async function residency({ browser, base }) {
  const leader = await (await Person.at(browser, base, { phone: true })).enter('first')
  await leader.go('/residency')
  const row = leader.page.locator('tr', { hasText: '夏明涛' })
  await row.getByText('待登记').waitFor()
  await leader.page.getByRole('button', { name: '登记 夏明涛 的履职' }).click()
  const form = leader.page.getByRole('region', { name: '登记驻村履职' })
  await form.getByText(/^还要填：驻村天数/).waitFor()
  await leader.fill('驻村天数', '32')
  for (const group of await form.getByRole('radiogroup').all()) await group.getByLabel('是', { exact: true }).check()
  await form.getByText('还要填：驻村天数', { exact: true }).waitFor()
  await leader.fill('驻村天数', '1')
  await leader.noSeriousFaults('登记驻村履职')
  await leader.shot('110-residency-form-phone')
  await form.getByRole('button', { name: /^保\s?存$/ }).click()
  await row.getByText('1 项不符').waitFor()
  await row.getByText('驻村 1 天，少于 20 天').waitFor()
  await leader.fitsTheScreen('驻村履职')
  await leader.shot('111-residency-phone')
  await leader.close()

  const office = await (await Person.at(browser, base)).enter('township')
  await office.page.getByRole('link', { name: '驻村履职' }).click()
  await office.page.getByText(new RegExp(`^${month}：驻村 \\d+ 人，已登记 1 人`)).waitFor()
  await office.noSeriousFaults('驻村履职')
  await office.shot('112-residency')
  await office.page.getByRole('button', { name: '更正 夏明涛 的履职' }).click()
  assert.equal(await office.page.getByLabel('驻村天数').inputValue(), '1')
  await office.page.getByRole('radiogroup', { name: '已购买重大疾病保险' }).getByLabel('否', { exact: true }).check()
  await office.page.getByRole('button', { name: /^保\s?存$/ }).click()
  await office.page.getByText('2 项不符', { exact: true }).waitFor()
  await office.go('/residency?month=%222020-01%22')
  await office.page.getByText('这个月没有驻村人员').waitFor()
  await office.close()

  const county = await (await Person.at(browser, base)).enter('county')
  await county.go('/residency')
  await county.page.locator('tr', { hasText: '夏明涛' }).getByText('没有购买重大疾病保险').waitFor()
  assert.equal(await county.page.getByRole('button', { name: /的履职$/ }).count(), 0, 'the county looks on')
  await county.close()
}

/** A household about which no risk is known, so that a new clue stands by itself. */
async function free(p) {
  for (const h of (await p.api('GET', '/households?status=none&limit=50')).items) {
    const { items } = await p.api('GET', `/households/${h.id}/cases`)
    if (items.every((c) => c.final || !['risk_clue', 'identification'].includes(c.procedure))) return h
  }
  return assert.fail('no household is free')
}

async function policyTrial({ browser, base }) {
  const cadre = await (await Person.at(browser, base)).enter('cadre')
  const household = await free(cadre)
  const { case: clue } = await cadre.api('POST', '/cases', { procedure: 'risk_clue', household_id: household.id, form: { channel: 'routine_check', found_at: new Date().toISOString(), content: '房屋漏雨' } })
  await cadre.close()

  const p = await (await Person.at(browser, base)).enter('county')
  const page = p.page
  await p.go('/policy')
  await page.getByRole('button', { name: '设置线索核实办结', exact: true }).click()
  const panel = page.getByRole('region', { name: '设置线索核实办结' })
  await panel.getByLabel('天数').fill('1')
  await p.date('生效日期', today)
  await p.fill('依据文件号', '县振发〔2026〕9号')
  await panel.getByRole('button', { name: '试算影响' }).click()
  const told = panel.getByRole('status', { name: '试算结果' })
  await told.getByText(/由 2 天 改为 1 天/).waitFor()
  await told.getByRole('row', { name: /^风险线索 \d+ [1-9]\d* [1-9]\d*$/ }).waitFor()
  await p.noSeriousFaults('政策参数：试算')
  await p.shot('113-policy-trial', false)
  await narrow(p, '113-policy-trial')
  await panel.getByLabel('天数').fill('2')
  assert.equal(await panel.getByRole('button', { name: `自 ${today} 起生效` }).count(), 0, 'another value is tried again')
  await panel.getByRole('button', { name: '试算影响' }).click()
  await told.getByText(/已经是 2 天，设置后没有变化/).waitFor()
  await panel.getByLabel('天数').fill('1')
  await panel.getByRole('button', { name: '试算影响' }).click()
  await panel.getByRole('button', { name: `自 ${today} 起生效` }).click()
  await page.locator('.list.policy tbody tr', { hasText: '线索核实办结' }).getByText(/1 天（县振发〔2026〕9号）/).waitFor()

  await p.go(`/cases/${clue.id}`)
  const older = page.getByRole('region', { name: '政策参数' })
  await older.getByText('线索核实办结').waitFor()
  await older.getByRole('button', { name: '改用现行政策' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/^线索核实：由 .* 改为 /).waitFor()
  await p.noSeriousFaults('改用现行政策')
  await p.shot('114-present-policy', false)
  await dialog.getByLabel('改用的理由').fill('县里改为一天')
  await dialog.getByRole('button', { name: '确认改用' }).click()
  await older.waitFor({ state: 'detached' })
  await page.getByText('县里改为一天').first().waitFor({ state: 'attached' })
  await p.close()
}

async function ladder({ browser, base }) {
  const p = await (await Person.at(browser, base)).enter('county')
  const { page } = p
  await p.go('/policy')
  await page.getByRole('button', { name: '设置提醒阶梯', exact: true }).click()
  const panel = page.getByRole('region', { name: '设置提醒阶梯' })
  const cell = (name) => panel.getByLabel(`村级承办的${name}`, { exact: true })
  await cell('第 2 行到期后第几天（之前为负）').fill('-3')
  await p.date('生效日期', today)
  await p.fill('依据文件号', '县振发〔2026〕11号')
  const tryIt = panel.getByRole('button', { name: '试算影响' })
  await tryIt.click()
  await panel.locator('details[open] .policy-table tbody tr').nth(1).getByText('各级须按时间先后排列，不得同日').waitFor()
  await p.noSeriousFaults('提醒阶梯')
  await p.shot('114-ladder')
  await narrow(p, '114-ladder')
  await cell('第 2 行到期后第几天（之前为负）').fill('-2')
  await cell('添加一行').click()
  await panel.getByText('还有 3 格要填').waitFor()
  assert.ok(await tryIt.isDisabled(), 'an open line stands for no value')
  await cell('删除第 6 行').click()
  await tryIt.click()
  await panel.getByRole('button', { name: `自 ${today} 起生效` }).click()
  await panel.waitFor({ state: 'detached' })
  const { keys } = await p.api('GET', '/policy')
  const { value } = keys.find((k) => k.key === 'ladders')
  assert.deepEqual(value.standard.steps.map((s) => s.offset_days), [-3, -2, 0, 1, 4])
  assert.equal(value.standard.repeat_every, 3, 'the rest stays as it was')
  await page.getByRole('row', { name: /^提醒阶梯/ }).getByText('县振发〔2026〕11号').waitFor()
  await p.close()
}

async function posts({ browser, base }) {
  const sec = await (await Person.at(browser, base)).enter('secadmin')
  await sec.go('/accounts')
  await sec.page.locator('table.list tbody a').first().click()
  await sec.page.getByRole('button', { name: '授予岗位' }).click()
  const link = sec.page.getByRole('link', { name: '各岗位能办什么、看到什么' })
  await link.waitFor()
  await sec.page.getByRole('combobox', { name: /岗位/ }).fill('乡镇乡村振兴办') // the list shows a part of them
  await sec.page.getByTitle('乡镇乡村振兴办', { exact: true }).click()
  const [sheet] = await Promise.all([sec.context.waitForEvent('page'), sec.page.getByRole('link', { name: '“乡镇乡村振兴办”能办什么、看到什么' }).click()])
  await sheet.getByRole('heading', { name: '乡镇乡村振兴办：看到什么' }).waitFor()
  await sheet.close()

  await sec.go('/roles?role=township_office')
  await sec.page.getByRole('row', { name: /^P3 敏感信息.* 脱敏 全文 全文$/ }).waitFor()
  await sec.page.locator('[data-procedure=identification] summary').click()
  await sec.page.locator('[data-procedure=identification]').getByText('列入待办的环节').waitFor()
  await sec.page.getByRole('region', { name: '其他' }).getByText('建立整改方案，开始数据检查').waitFor()
  await sec.noSeriousFaults('岗位权限')
  await sec.shot('115-roles')
  await narrow(sec, '115-roles')
  await sec.page.getByRole('navigation', { name: '岗位' }).getByRole('link', { name: '系统管理员' }).click()
  await sec.page.getByText('不参与任何程序的办理。').waitFor()
  await sec.page.getByText('录入放假安排').waitFor()
  await sec.close()
}

async function library({ browser, base }) {
  const sys = await (await Person.at(browser, base)).enter('sysadmin')
  await sys.page.getByRole('link', { name: '表单库' }).click()
  await sys.page.getByRole('link', { name: '监测对象地理位置信息采集表' }).waitFor()
  await sys.noSeriousFaults('表单库')
  await sys.shot('116-library')
  await sys.page.getByRole('link', { name: '监测对象地理位置信息采集表' }).click()
  await sys.page.getByRole('row', { name: /^经度.* P3 / }).waitFor()
  await sys.page.getByText(/^信息类别：.*P3 \d/).waitFor()
  await sys.noSeriousFaults('一种表的问题')
  await sys.shot('117-form')
  await narrow(sys, '117-form')
  await sys.close()

  const cadre = await (await Person.at(browser, base)).enter('cadre')
  await cadre.go('/forms')
  await cadre.page.getByRole('link', { name: '表单库' }).click()
  await cadre.page.getByRole('link', { name: '帮扶手册' }).waitFor()
  await cadre.close()
}

async function calendar({ browser, base }) {
  const sys = await (await Person.at(browser, base)).enter('sysadmin')
  const page = sys.page
  await page.getByRole('link', { name: '工作日历' }).click()
  await page.getByText(/^工作日 \d+ 天/).waitFor()
  await sys.noSeriousFaults('工作日历')
  await sys.shot('118-calendar')
  await narrow(sys, '118-calendar')
  await sys.go('/calendar?year=2030')
  await page.getByText('这一年的放假安排尚未公布或未收录，工作日按周末暂估').waitFor()
  await page.getByRole('button', { name: '录入放假安排' }).click()
  const form = page.getByRole('region', { name: '录入放假安排' })
  await sys.fill('通知文号', '国办发明电〔2029〕0号')
  await sys.date('发布日期', '2029-11-04')
  for (let left = await form.getByRole('group').count(); left > 1; left--) await form.getByRole('button', { name: `去掉第 ${left} 个节日` }).click()
  await sys.date('放假第一天', '2030-01-01')
  await sys.date('放假最后一天', '2030-01-03')
  await form.getByLabel(/^调休上班的周末/).fill('2030-01-02')
  await form.getByRole('button', { name: '试算影响' }).click()
  await form.getByRole('alert').waitFor()
  await form.getByLabel(/^调休上班的周末/).fill('2030-01-05')
  await form.getByRole('button', { name: '试算影响' }).click()
  await form.getByText('没有期限因此变动。').waitFor()
  await sys.noSeriousFaults('录入放假安排')
  await sys.shot('119-calendar-form')
  await form.getByRole('button', { name: '确认启用' }).click()
  await page.getByText('1月1日至1月3日放假，共 3 天；1月5日上班').waitFor()
  await sys.close()

  const log = await (await Person.at(browser, base)).enter('logadmin')
  await log.go('/admin-acts')
  await log.page.getByText('2030年放假安排').first().waitFor()
  await log.shot('120-calendar-act', false)
  await log.close()

  const cadre = await (await Person.at(browser, base)).enter('cadre')
  await cadre.go('/calendar?year=2030')
  await cadre.page.getByRole('region', { name: '1 月', exact: true }).getByRole('cell', { name: /^5\s?班$/ }).waitFor()
  assert.equal(await cadre.page.getByRole('button', { name: /放假安排/ }).count(), 0)
  await cadre.close()
}
