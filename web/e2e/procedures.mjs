import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Person, today } from './person.mjs'
import { binary } from './server.mjs'

/** Stories of the procedures beside the main one, in order; they need none of the daily ones. */
export const procedures = [
  ['a programme is written; Enter in a date does not hand it in', writeProgramme],
  ['a list of problems is looked at, then imported, and shown at a glance', importProblems],
  ['a problem is opened from its programme, which fills in its number', openProblem],
  ['a bulletin keeps its numbers while the programme goes on', bulletins],
  ['a problem is assigned: the programme tells to whom and until when', assignProblem],
  ['another township sees nothing of the programme', otherTownship],
  ['the programme on a phone', programmeOnPhone],
  ['a limit is stopped by two offices and goes on again, all in the ledger', stoppedClock],
  ['a case about a township is opened', openCampaign],
  ['a calendar link is made, read and revoked', calendar],
  ['a substitute acts: both names stand in the record', substitute],
  ['policy tells what was set, where, since when and on what ground', policyRows],
  ['a case is offered the new version of its procedure, with what would come of it', newVersion],
  ['no serious fault of accessibility on the pages of the procedures', accessibility],
]

const title = '考核评估反馈问题整改方案'

async function writeProgramme(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('township')
  shared.township = p
  await p.page.getByRole('link', { name: '整改方案', exact: true }).click()
  await p.page.getByText('没有整改方案').waitFor()
  await p.page.getByRole('button', { name: '新建方案' }).click()
  await p.page.getByRole('button', { name: '保存方案' }).click()
  await p.page.getByRole('alert').getByText('请填写方案名称').waitFor()
  await p.fill('方案名称', title)
  await p.date('截止日期', `${today.slice(0, 4)}-12-31`)
  await p.fill('指出问题的文件', '年度考核评估反馈意见')
  await p.fill('方案正文', '能解决的，立行立改；需要长期整改的，持续整改。')
  await p.page.getByRole('button', { name: '增加事项' }).click()
  await p.fill('事项名称', '各村报送整改情况')
  await p.page.getByRole('button', { name: '保存方案' }).click()
  await p.page.getByRole('heading', { level: 1, name: title }).waitFor()
  await p.page.getByText('能解决的，立行立改；需要长期整改的，持续整改。').waitFor()
  await p.page.getByText('各村报送整改情况：日期未定').waitFor()
  shared.programme = p.page.url()
}

async function importProblems({ township: p, programme }) {
  const folder = mkdtempSync(join(tmpdir(), 'shouwang-e2e-'))
  const workbook = join(folder, '问题清单.xlsx')
  execFileSync(binary, ['problems', workbook])
  await p.page.getByRole('button', { name: '导入工作簿' }).click()
  await p.page.locator('input[data-field=workbook]').setInputFiles(workbook)
  await p.page.getByText('预览：新增 23 件，接着办 0 件，已在方案中 0 件，未导入 0 件').waitFor()
  assert.equal(await figure(p, '问题'), 0, 'what was looked at is not done yet')
  await p.shot('41-import')
  await p.page.getByRole('button', { name: '确认导入 23 件' }).click()
  await p.page.getByText('已办：新增 23 件').waitFor({ timeout: 60_000 })

  await p.page.locator('input[data-field=workbook]').setInputFiles(workbook)
  await p.page.getByText('预览：新增 0 件，接着办 0 件，已在方案中 23 件，未导入 0 件').waitFor()
  const again = p.page.getByRole('button', { name: /^确认导入/ })
  assert.ok(await again.isDisabled(), 'the same list brings nothing new')
  rmSync(folder, { recursive: true, force: true })

  await p.page.goto(programme)
  await p.page.locator('[data-problem]').first().waitFor()
  assert.deepEqual(await figures(p), { 问题: 23, 未完成: 23, 逾期: 0, 已销号或转常态: 0 })
  assert.equal(await p.page.locator('[data-problem]').count(), 23)
  assert.match(await p.page.getByRole('img', { name: /未完成/ }).getAttribute('aria-label'), /未完成 23 件/)
  await p.page.getByText('已入台账 23').waitFor()
  await p.shot('42-programme')
  await p.go('/programmes')
  const row = p.page.locator('[data-programme]', { hasText: title })
  assert.match(await row.innerText(), /23/)
}

async function openProblem(shared) {
  const { township: p, programme } = shared
  await p.page.goto(programme)
  const head = await p.page.locator('.page-head .muted').innerText()
  await p.page.getByRole('link', { name: '登记问题' }).click()
  await p.page.locator('.form-foot').waitFor()
  const number = await p.page.getByLabel('所属整改方案编号').inputValue()
  assert.ok(head.startsWith(`${number} ·`), 'the number of the programme is filled in')
  await p.choosePlace('松塘村')
  await p.fill('问题性质简述', '饮水管道破损，供水不稳')
  await p.page.getByRole('radiogroup', { name: '问题对象' }).getByLabel('乡镇').check()
  await p.fill('问题具体描述', '入户发现管道破损。')
  await p.date('发现日期', today)
  await p.page.getByRole('radiogroup', { name: '自查发现' }).getByLabel('是').check()
  assert.equal(await p.page.getByLabel('所属整改方案编号').inputValue(), number, 'also for another place')
  await p.page.getByRole('button', { name: '确认发起问题整改' }).click()
  await p.page.getByText(/问题对象与所选的户、村、乡镇不一致/).first().waitFor()
  await p.page.getByRole('radiogroup', { name: '问题对象' }).getByLabel('村', { exact: true }).check()
  await p.shot('43-problem')
  await p.page.getByRole('button', { name: '确认发起问题整改' }).click()
  await p.page.getByRole('heading', { level: 1, name: /松塘村 · 问题整改/ }).waitFor()
  await p.page.locator('.case-head').getByText('饮水管道破损，供水不稳').waitFor()
  shared.problem = p.page.url()

  await p.page.goto(programme)
  await p.page.locator('[data-problem]', { hasText: '饮水管道破损，供水不稳' }).waitFor()
  assert.equal(await figure(p, '问题'), 24)
}

async function bulletins({ township: p, programme, problem }) {
  await p.page.goto(programme)
  await p.page.getByRole('button', { name: '发出通报' }).click()
  const first = p.page.locator('[data-bulletin="1"]')
  await first.getByText(/问题 24 件，未完成 24 件，逾期 0 件/).waitFor()
  await p.page.goto(problem)
  await p.choose('register')
  await p.pick('问题类型', '工作落实')
  await p.pick('问题性质', '饮水安全')
  await p.pick('来源类别', '自查发现问题')
  await p.fill('所涉人员（见人）', '二组十二户')
  await p.fill('具体事实（见事）', '管道破损三处。')
  await p.page.getByRole('radiogroup', { name: '上级发现时存在隐瞒' }).getByLabel('否').check()
  await p.handIn()
  await p.page.goto(programme)
  await p.page.getByText('自查发现、不作为考核依据 1 件').waitFor()
  const line = await p.page.locator('[data-problem]').filter({ hasNotText: '饮水管道破损' }).first().locator('.small').innerText()
  const other = line.split(' · ')[0]
  await p.page.goto(problem)
  await p.choose('merge')
  await p.fill('与之重复的问题编号', other)
  await p.handIn()

  await p.page.goto(programme)
  await p.page.getByText(/不属实或重复 1 件/).waitFor()
  await p.page.getByRole('button', { name: '发出通报' }).click()
  await p.page.locator('[data-bulletin="2"]').getByText(/未完成 23 件/).waitFor()
  await first.getByText(/问题 24 件，未完成 24 件，逾期 0 件/).click()
  await first.getByText(/按责任人：尚未交办（未完成 24，逾期 0）/).waitFor()
  await p.shot('44-bulletins')
}

async function assignProblem(shared) {
  const { township: p, programme } = shared
  const due = new Date(Date.parse(today) + 20 * 86_400_000).toISOString().slice(0, 10)
  await p.page.goto(programme)
  const brief = '产业帮扶协议履行不到位'
  const row = p.page.locator('[data-problem]', { hasText: brief })
  await row.locator('a').click()
  await p.page.locator('.case-head').getByText(brief).waitFor()
  shared.assigned = p.page.url()
  await p.choose('assign')
  await p.pick('整改类别', '专项整治')
  await p.fill('整改措施', '逐份核对帮扶协议，限期履行。')
  await p.page.getByRole('radiogroup', { name: '整改责任人' }).getByLabel('易建平（乡镇乡村振兴办）').check()
  await p.page.getByRole('radiogroup', { name: '核验人' }).getByLabel('易建平（乡镇乡村振兴办）').check()
  await p.pick('期限方式', '指定日期')
  await p.date('整改期限', due)
  await p.page.locator('.form-foot button[type=submit]').click()
  await p.page.getByRole('alert').first().waitFor() // nobody verifies his own work
  await p.page.getByRole('radiogroup', { name: '核验人' }).getByLabel(/^龙海峰/).check()
  await p.handIn()
  await p.shot('44-assigned')
  await p.page.goto(programme)
  await row.getByText('易建平').waitFor()
  assert.match(await row.innerText(), new RegExp(`已交办[\\s\\S]*${due}`))
  await p.page.locator('.panel', { hasText: '按责任人' }).locator('tr', { hasText: '易建平' }).first().waitFor()
  await p.page.getByRole('region', { name: '督办通知' }).or(p.page.locator('.panel', { hasText: '督办通知' })).getByText(/^DB-/).first().waitFor() // it stands above the button, and moves it when it comes
  await p.page.getByRole('button', { name: '发出通报' }).click()
  const third = p.page.locator('[data-bulletin="3"]')
  await third.locator('summary').click()
  await third.getByText(/按责任人：.*易建平（未完成 1，逾期 0）/).waitFor()
}

async function otherTownship({ browser, base, programme }) {
  const p = await (await Person.at(browser, base)).signIn('othertown')
  await p.go('/programmes')
  await p.page.getByText('没有整改方案').waitFor()
  await p.page.goto(programme)
  await p.page.getByText(/没有|不存在|找不到/).first().waitFor()
  assert.equal(await p.page.getByText(title).count(), 0)
  await p.close()
}

async function programmeOnPhone({ browser, base, programme }) {
  const p = await (await Person.at(browser, base, { phone: true })).signIn('township2')
  await p.page.goto(programme)
  await p.page.locator('[data-problem]').first().waitFor()
  await p.fitsTheScreen()
  const letters = await p.page.locator('.burn text').first().evaluate((el) => el.getBoundingClientRect().height)
  assert.ok(letters >= 11, `letters of the chart are ${letters} px high`)
  await p.shot('45-phone-programme', false)
  await p.page.getByRole('button', { name: '修改方案' }).click()
  await p.fitsTheScreen()
  await p.page.getByRole('button', { name: '返回' }).click()
  await p.page.getByRole('link', { name: '登记问题' }).click()
  await p.page.locator('.form-foot').waitFor()
  await p.fitsTheScreen()
  assert.match(await p.page.getByLabel('所属整改方案编号').inputValue(), /^FA/)
  await p.close()
}

async function stoppedClock({ township: p, browser, base, programme }) {
  await p.page.goto(programme)
  await p.page.locator('[data-problem] a').first().click()
  await p.page.getByRole('tab', { name: '期限' }).click()
  await p.page.getByText('没有中止过计时').waitFor()
  await p.page.locator('[data-stop=stop_request]').click()
  const dialog = p.page.getByRole('dialog')
  await dialog.getByLabel('自然灾害应急命令').check()
  assert.ok(await dialog.getByRole('button', { name: '确认' }).isDisabled(), 'not without the paper it rests on')
  await dialog.getByLabel(/^依据/).fill('防汛应急一级响应令')
  await p.shot('46-stop')
  await dialog.getByRole('button', { name: '确认' }).click()
  await p.page.getByText('待县级批准').waitFor()
  assert.equal(await p.page.locator('[data-stop]').count(), 0, 'who asked can neither approve nor refuse')

  const county = await (await Person.at(browser, base, { phone: true })).signIn('county')
  await county.page.goto(`${p.page.url().split('?')[0]}?tab=clocks`)
  await county.page.locator('[data-stop=suspend]').click()
  await county.page.getByRole('dialog').getByLabel('理由').fill('同意')
  await county.fitsTheScreen()
  await county.page.getByRole('dialog').getByRole('button', { name: '确认' }).click()
  await county.page.getByText('计时中止').waitFor()
  await county.page.getByText('已暂停').waitFor()
  await county.page.getByText(/沈雅琴 .* 申请；戴文静 .* 批准/).waitFor()
  await county.shot('47-phone-stopped')
  await county.close()

  await p.page.reload()
  await p.page.locator('[data-stop=resume]').click()
  await p.page.getByRole('dialog').getByLabel('理由').fill('汛情解除')
  await p.page.getByRole('dialog').getByRole('button', { name: '确认' }).click()
  await p.page.getByText(/沈雅琴 .* 恢复$/).waitFor()
  await p.page.getByText('计时中', { exact: true }).waitFor()
  await p.page.getByRole('tab', { name: '流转记录' }).click()
  for (const act of ['申请中止计时', '批准中止计时', '恢复计时']) await p.page.locator('.time strong', { hasText: act }).waitFor()
}

async function openCampaign({ township: p, browser, base }) {
  await p.go('/cases')
  await p.page.getByRole('link', { name: '发起排查评估行动' }).click()
  await p.page.getByRole('heading', { name: '发起排查评估行动' }).waitFor()
  assert.equal(await p.page.locator('.form-foot').count(), 0, 'first the place, then the form')
  await p.choosePlace('青禾镇')
  await p.fill('行动名称', '秋季集中排查')
  await p.page.getByRole('radiogroup', { name: '类型' }).getByLabel('排查整改').check()
  await p.page.getByRole('button', { name: '确认发起排查评估行动' }).click()
  await p.page.getByRole('heading', { level: 1, name: /青禾镇 · 排查评估行动/ }).waitFor()
  await p.page.locator('.case-head').getByText('秋季集中排查').waitFor()
  assert.equal(await p.page.locator('.case-head dt', { hasText: '户主' }).count(), 0, 'a case about a place names no household')
  await p.shot('48-campaign')
  const campaign = p.page.url()

  const cadre = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
  await cadre.go('/cases')
  await cadre.page.locator('.list tbody tr').first().waitFor()
  assert.equal(await cadre.page.getByRole('link', { name: '发起排查评估行动' }).count(), 0, 'a village opens no campaign')
  await cadre.close()
  const linked = await (await Person.at(browser, base, { phone: true })).signIn('township2')
  await linked.page.goto(campaign)
  await linked.page.getByRole('heading', { level: 1, name: /排查评估行动/ }).waitFor()
  await linked.fitsTheScreen()
  await linked.close()
}

async function calendar({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('cadre')
  const name = await p.page.locator('.list tbody tr .main-link').first().innerText()
  const dialog = await openCalendar(p)
  await dialog.getByText('目前没有链接').waitFor()
  await dialog.getByRole('button', { name: '生成链接' }).click()
  const address = await dialog.getByLabel('订阅链接').inputValue()
  await p.shot('49-calendar', false)
  // A calendar program knows the address alone.
  const feed = await fetch(address)
  assert.equal(feed.status, 200)
  const text = await feed.text()
  assert.match(text, /^BEGIN:VCALENDAR[\s\S]*BEGIN:VEVENT[\s\S]*END:VCALENDAR/)
  assert.ok(!text.includes(name.split(' ')[0]), 'nobody’s name is in it')
  await dialog.getByRole('button', { name: '重新生成链接' }).click()
  await dialog.getByText('链接只显示这一次').waitFor()
  await p.page.waitForFunction((old) => ![undefined, old].includes(document.querySelector('[aria-label=订阅链接]')?.value), address)
  const second = await dialog.getByLabel('订阅链接').inputValue()
  assert.equal((await fetch(address)).status, 404, 'the former address is no longer valid')
  assert.equal((await fetch(second)).status, 200)
  await dialog.getByRole('button', { name: '停用链接' }).click()
  await dialog.getByText('目前没有链接').waitFor()
  assert.equal((await fetch(second)).status, 404)
  await p.close()

  const phone = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
  await openCalendar(phone)
  await phone.fitsTheScreen()
  await phone.noSeriousFaults('calendar dialog')
  await phone.close()
}

async function openCalendar(p) {
  await p.page.locator('.account summary').click()
  await p.page.getByRole('button', { name: '日历订阅' }).click()
  const dialog = p.page.getByRole('dialog', { name: '日历订阅' })
  await dialog.getByText(/私人链接/).waitFor()
  return dialog
}

async function substitute({ browser, base }) {
  const cadre = await (await Person.at(browser, base)).signIn('cadre')
  await cadre.go('/absences')
  await cadre.page.getByRole('button', { name: '登记请假' }).click()
  await cadre.date('第一天', today)
  await cadre.date('最后一天', today)
  await cadre.page.getByLabel('公务外出').check()
  await cadre.pick(/的代办人$/, '邹桂英')
  await cadre.page.keyboard.press('Escape')
  await cadre.page.getByRole('button', { name: '确认登记' }).click()
  await cadre.page.locator('.list tbody tr', { hasText: '进行中' }).waitFor()

  const grid = await (await Person.at(browser, base, { phone: true })).signIn('grid')
  await grid.page.getByText('您今天代 何春林 办理').waitFor()
  await grid.page.locator('.list tbody tr', { hasText: '代 何春林' }).filter({ hasText: '已派发' }).first().locator('.main-link').click()
  await grid.page.locator('[data-event=accept]', { hasText: '（代 何春林）' }).waitFor()
  await grid.choose('accept')
  await grid.page.getByText('记录上写明您和何春林两人姓名').waitFor()
  await grid.fitsTheScreen()
  await grid.handIn()
  await grid.page.locator('.time li').first().getByText(/邹桂英（代何春林）/).waitFor()
  await grid.shot('50-phone-substitute')
  await cadre.page.goto(grid.page.url().split('?')[0])
  await cadre.page.locator('.time li').first().getByText(/邹桂英（代何春林）/).waitFor()
  await grid.close()

  await cadre.go('/absences')
  await cadre.page.getByRole('button', { name: '提前结束 何春林 的请假' }).first().click()
  await cadre.page.getByRole('button', { name: '确认提前结束' }).click()
  await cadre.page.locator('.list tbody tr', { hasText: '已取消' }).first().waitFor()
  await cadre.close()
}

async function policyRows({ township: p }) {
  await p.go('/policy')
  const row = p.page.locator('.list tbody tr', { hasText: '年度收入参考线' })
  await row.getByText(/云岫县 2024-01-01 起：口径 纯收入，金额 8,000.00 元（演示数据/).waitFor()
  const ladders = p.page.locator('.list tbody tr', { hasText: '提醒阶梯' })
  await ladders.getByText('7 项').first().click()
  await ladders.getByText(/问题整改期限：.*逾期 10 天按规定处理（县级）/).waitFor()
  const raw = (await p.page.locator('.list').innerText()).match(/[a-z]+_[a-z_]+|\{"|object/g)
  assert.equal(raw, null, 'no codes among the values')
  await p.shot('51-policy', false)
}

/** No procedure has a second version yet: that there is one is put into the server's mouth, as is the dry run. */
async function newVersion({ township: p, browser, base, programme }) {
  await p.page.goto(programme)
  await p.page.locator('[data-problem] a').first().click()
  await p.page.getByRole('heading', { name: '现在可以办理' }).waitFor()
  for (const phone of [false, true]) {
    const county = await (await Person.at(browser, base, { phone })).signIn('county')
    await county.page.goto(p.page.url())
    await county.page.getByRole('heading', { name: '现在可以办理' }).waitFor()
    assert.equal(await county.page.getByRole('heading', { name: '流程版本' }).count(), 0, 'nothing to offer while there is one version')
    await county.page.route(/\/procedures$/, async (route) => {
      const answer = await route.fetch()
      const list = await answer.json()
      for (const one of list.items) one.version = 2
      await route.fulfill({ response: answer, json: list })
    })
    const move = { case_id: '', seq: 1, from: 1, to: 2, dry_run: true, lost: [{ code: 'extend', title: '延期' }], gained: [], stopped: [{ code: 'start', title: '接办' }], started: [] }
    await county.page.route(/\/version$/, (route) => (route.request().postDataJSON().dry_run ? route.fulfill({ json: move }) : route.continue()))
    await county.page.reload()
    await county.page.getByText('本事项按第 1 版流程办理，现行第 2 版').waitFor()
    await county.page.getByRole('button', { name: '转入第 2 版' }).click()
    const dialog = county.page.getByRole('dialog', { name: '转入第 2 版流程' })
    await dialog.getByText('本环节不再有的办理：延期').waitFor()
    await dialog.getByText('停止的期限：接办').waitFor()
    await dialog.getByLabel('转版理由').fill('新办法施行')
    await county.fitsTheScreen()
    await county.noSeriousFaults('new version')
    await county.shot(phone ? '53-phone-version' : '52-version', false)
    await dialog.getByRole('button', { name: '确认转入' }).click()
    await dialog.getByRole('alert').getByText(/没有第 2 版/).waitFor() // the real server knows better
    await county.close()
  }
}

async function accessibility({ township: p, programme, problem }) {
  for (const [path, ready] of [
    ['/programmes', '[data-programme]'],
    [new URL(programme).pathname, '[data-problem]'],
    [`${new URL(problem).pathname}?tab=clocks`, '.clock'],
    ['/open/campaign', 'h1'],
    ['/absences', '.list tbody tr, .state-title'],
  ]) {
    await p.go(path)
    await p.page.locator(ready).first().waitFor()
    await p.noSeriousFaults(path)
  }
  await p.go('/programmes')
  await p.page.getByRole('button', { name: '新建方案' }).click()
  await p.noSeriousFaults('new programme')
  await p.close()
}

/** One of the figures at the head of a programme. */
const figure = async (p, name) => (await figures(p))[name]

async function figures(p) {
  const group = p.page.getByRole('group', { name: '方案进度' })
  await group.waitFor()
  return Object.fromEntries((await group.locator('.figure').allInnerTexts()).map((t) => [t.replace(/\s*\d+$/, '').trim(), Number(t.match(/\d+$/)[0])]))
}
