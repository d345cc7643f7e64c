import assert from 'node:assert/strict'
import { Person, today } from './person.mjs'

/** The stories, in order; later ones go on with what earlier ones left. */
export const stories = [
  ['wrong password is refused in words', wrongPassword],
  ['a cadre registers a clue and takes it on', registerClue],
  ['a form with faults says where, and keeps what was typed over a reload', faultsAndDraft],
  ['a second person signs, the cadre confirms, and the clue leaves the inbox', confirmRisk],
  ['someone else was faster: told who, and nothing typed is lost', movedMeanwhile],
  ['a neighbour village sees nothing of it', neighbour],
  ['the flow chart, the limits, the past', readOnlyPanels],
  ['the same on a phone', phone],
  ['by keyboard alone', keyboard],
  ['no serious fault of accessibility on the main pages', accessibility],
  ['a cadre goes on leave: his substitute finds the work, and loses it again', leave],
  ['signing out leaves no draft', signOut],
]

async function wrongPassword({ browser, base }) {
  const p = await Person.at(browser, base)
  await p.go('/')
  await p.page.getByLabel('用户名').fill('cadre')
  await p.page.getByLabel('口令').fill('wrong-password')
  await p.shot('01-login')
  await p.page.getByRole('button', { name: '登录' }).click()
  await p.page.getByRole('alert').waitFor()
  assert.match(await p.page.getByRole('alert').first().innerText(), /口令|密码|用户名/)
  await p.close()
}

async function registerClue(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('cadre')
  shared.cadre = p
  await p.page.getByRole('link', { name: '农户', exact: true }).click()
  await p.page.locator('.list tbody tr').nth(3).waitFor()
  await p.shot('02-households')
  // A household without open cases: a clue about any other would be merged at once.
  await p.page.locator('.list tbody tr', { hasText: '未纳入' }).filter({ hasNotText: ' 件' }).first().getByRole('link').click()
  await p.page.getByRole('link', { name: '登记风险线索' }).click()
  await p.page.locator('.form-foot').waitFor()
  await p.page.getByLabel('线索来源').click()
  await p.page.getByTitle('日常摸排').click()
  await p.page.getByRole('button', { name: '现在' }).click()
  await p.fill('情况说明', '户主住院，自付费用较大。')
  await p.shot('03-open')
  await p.page.getByRole('button', { name: '确认登记风险线索' }).click()
  await p.page.getByRole('heading', { name: '现在可以办理' }).waitFor()
  shared.clue = p.page.url()
  await p.choose('register_locally')
  const keys = await busyOnce(p.page)
  await p.handIn()
  assert.equal(keys.length, 2, 'a busy server was asked again')
  assert.equal(keys[0], keys[1], 'with the same key')
  await p.shot('04-done')
  assert.match(await p.page.locator('.success').innerText(), /核实中/)
}

/** Answers the first hand-in with 503 as a busy server does; gives the keys that were sent. */
async function busyOnce(page) {
  const keys = []
  await page.route(/\/events$/, (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    if (keys.length > 1) return route.continue()
    const body = JSON.stringify({ code: 'busy', title: '系统正忙', status: 503, request_id: 'e2e' })
    return route.fulfill({ status: 503, headers: { 'retry-after': '1' }, contentType: 'application/problem+json', body })
  })
  return keys
}

async function faultsAndDraft({ cadre: p, clue }) {
  await p.page.goto(clue)
  await p.choose('close_no_risk')
  await p.page.getByRole('button', { name: '返回', exact: true }).waitFor()
  const blocked = await p.page.getByText('暂不能提交').count()
  assert.equal(blocked, 1, 'the signature is missing, so the form cannot be handed in yet')
  await p.page.goto(clue)
  await p.choose('misrouted')
  await p.page.locator('.form-foot button[type=submit]').click()
  await p.page.getByText('请填写理由').waitFor()
  await p.fill('理由', '该户常住邻村。')
  await p.page.getByText(/草稿已存于本机/).waitFor()
  await p.page.reload()
  await p.page.getByText(/已恢复/).waitFor()
  assert.equal(await p.page.getByLabel('理由').inputValue(), '该户常住邻村。')
  await p.shot('05-draft')
}

async function confirmRisk(shared) {
  const { cadre: p, clue, browser, base } = shared
  const second = await (await Person.at(browser, base)).signIn('cadre2')
  await second.page.goto(clue)
  await second.page.locator('[data-endorse=confirm_risk]').click()
  await second.page.getByRole('button', { name: '确认会签' }).click()
  await second.page.getByText(/已会签 1\/1/).first().waitFor()
  await second.shot('06-endorsed')
  await second.close()

  await p.page.goto(clue)
  await p.choose('confirm_risk')
  await p.date('入户日期', today)
  await p.fill('受访人', '户主本人')
  await p.page.getByRole('group', { name: '风险类型' }).getByRole('checkbox').first().check()
  await p.fill('家庭年纯收入估算', '21,345.67')
  await p.fill('家庭困难情况', '住院自付三万余元，尚有两名学生就读。')
  await p.upload('screening_form')
  await p.page.getByRole('radiogroup', { name: '是否先行帮扶' }).getByLabel('否').check()
  await p.shot('07-form')
  const sent = p.page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/events'))
  await p.handIn()
  const request = await sent
  assert.equal(request.postDataJSON().form.income_estimate, 2134567, 'fen in JSON, 元 on the screen')
  assert.match(request.headers()['idempotency-key'], /^[0-9a-f-]{36}$/)
  await p.shot('08-next')
  await p.page.getByRole('link', { name: /返回待办/ }).click()
  await p.page.getByRole('heading', { name: '我的待办' }).waitFor()
  await p.page.locator('.list tbody tr, .state-title').first().waitFor()
  const id = new URL(clue).pathname.split('/').pop()
  assert.equal(await p.page.locator(`tr[data-case="${id}"]`).count(), 0, 'the clue has left the inbox')
  await p.shot('09-inbox')
  await p.page.goto(clue)
  await p.page.locator('aside').getByRole('link', { name: /识别认定/ }).click()
  await p.page.getByRole('heading', { name: /识别认定/ }).waitFor()
  shared.identification = p.page.url()
  const name = (await p.page.getByRole('heading', { level: 1 }).innerText()).split(' ')[0]
  await p.go('/')
  const found = p.page.waitForResponse((r) => r.url().endsWith('/tasks/query') && r.request().postData()?.includes(name))
  await p.page.getByLabel('户主姓名').fill(name)
  await found
  await p.page.locator('.list tbody tr').filter({ hasNotText: name }).first().waitFor({ state: 'detached' })
  const row = p.page.locator(`tr[data-case="${shared.identification.split('/').pop()}"]`)
  await row.getByRole('button', { name: /^领取/ }).click()
  await row.getByRole('button', { name: /退回待领/ }).click()
  await row.getByRole('button', { name: /^领取/ }).waitFor()
}

async function movedMeanwhile({ cadre: p, identification, browser, base }) {
  await p.page.route(/\/api\/v1\/live$/, (route) => route.abort()) // the page hears nothing: the server tells when the form comes
  await p.page.goto(identification)
  await p.choose('prepare')
  await p.check('已向农户发放并讲解政策明白纸')
  await p.date('告知日期', today)
  const other = await (await Person.at(browser, base)).signIn('cadre2')
  await other.page.goto(identification)
  await other.choose('prepare')
  await other.check('已向农户发放并讲解政策明白纸')
  await other.date('告知日期', today)
  await other.handIn()
  await other.close()
  await p.page.locator('.form-foot button[type=submit]').click()
  await p.page.getByText(/该事项已由 罗小梅/).waitFor()
  assert.equal(await p.page.getByLabel('告知日期').inputValue(), today, 'what was typed is still there')
  await p.shot('10-moved')
  await p.page.unroute(/\/api\/v1\/live$/)
}

async function neighbour({ identification, browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('neighbour')
  await p.page.goto(identification)
  await p.page.getByText(/没有/).first().waitFor()
  assert.equal(await p.page.getByRole('heading', { name: '现在可以办理' }).count(), 0)
  await p.close()
}

async function readOnlyPanels({ cadre: p, identification }) {
  await p.page.goto(identification)
  await p.page.getByText('填写内容').first().waitFor()
  await p.page.getByRole('tab', { name: '流程图' }).click()
  const chart = p.page.locator('svg.chart')
  await chart.waitFor()
  assert.match(await chart.getAttribute('aria-label'), /当前环节：待签承诺授权/)
  assert.match(await chart.innerHTML(), /当前/)
  await p.page.getByText('以表格查看').click()
  await p.page.getByRole('cell', { name: '乡镇审核', exact: true }).waitFor()
  await p.shot('11-flow')
  await p.page.getByRole('tab', { name: '期限' }).click()
  await p.page.getByText('识别认定总时限').first().waitFor()
  await p.page.getByText('怎样算出来的').first().waitFor()
  await p.shot('12-clocks')
  await p.page.getByRole('tab', { name: '历史时点' }).click()
  await p.page.getByRole('button', { name: '现在' }).click()
  await p.page.getByText(/本事项处于/).waitFor()
  await p.shot('13-asof')
  await p.go('/policy')
  await p.page.locator('.list tbody tr').first().waitFor()
  await p.shot('14-policy')
  await p.go('/cases')
  await p.page.locator('.list tbody tr').first().waitFor()
  await p.go('/messages')
  await p.page.getByRole('heading', { name: '消息' }).waitFor()
}

async function phone({ identification, browser, base }) {
  const p = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
  await p.page.locator('.list tbody tr').first().waitFor()
  await p.fitsTheScreen()
  await p.shot('21-phone-inbox', false)
  await p.page.goto(identification)
  await p.page.locator('[data-event=sign_authorization]').waitFor()
  await p.fitsTheScreen()
  const box = await p.page.locator('[data-event=sign_authorization]').boundingBox()
  assert.ok(box.height >= 44, 'targets of a finger’s size')
  await p.shot('22-phone-case', false)
  await p.choose('sign_authorization')
  await p.fitsTheScreen()
  await p.shot('23-phone-form', false)
  await p.close()
}

async function keyboard({ browser, base }) {
  const p = await Person.at(browser, base)
  await p.go('/')
  const name = p.page.getByLabel('用户名')
  await name.waitFor()
  await name.focus()
  await p.page.keyboard.type('cadre')
  await p.page.keyboard.press('Tab')
  await p.page.keyboard.type(process.env.E2E_PASSWORD ?? 'shouwang-demo')
  await p.page.keyboard.press('Enter')
  await p.page.locator('.list tbody tr').first().waitFor()
  const link = p.page.locator('.list tbody tr .main-link').first()
  for (let i = 0; i < 60 && !(await link.evaluate((el) => el === document.activeElement)); i++) await p.page.keyboard.press('Tab')
  assert.ok(await link.evaluate((el) => el === document.activeElement), 'the first case can be reached with Tab')
  const outline = await link.evaluate((el) => getComputedStyle(el).outlineStyle)
  assert.equal(outline, 'solid', 'and shows that it has the focus')
  await p.page.keyboard.press('Enter')
  await p.page.getByRole('heading', { name: '现在可以办理' }).waitFor()
  await p.close()
}

async function accessibility({ cadre: p, identification, browser, base }) {
  const me = await p.api('GET', '/me')
  for (const [path, ready] of [
    ['/', '.list tbody tr'],
    [new URL(identification).pathname, '[data-event=sign_authorization]'],
    [`${new URL(identification).pathname}?event=sign_authorization`, '.form-foot'],
    [`${new URL(identification).pathname}?tab=flow`, 'svg.chart'],
    ['/households', '.list tbody tr'],
    ['/policy', '.list tbody tr'],
    ['/messages', 'h1'],
    [`/public/villages/${me.grants[0].region_code}`, '.public-main'],
  ]) {
    await p.go(path)
    await p.page.locator(ready).first().waitFor()
    await p.noSeriousFaults(path)
  }
  const guest = await Person.at(browser, base)
  await guest.go('/')
  await guest.page.getByLabel('用户名').waitFor()
  await guest.noSeriousFaults('/login')
  await guest.close()
}

async function leave({ cadre: p, browser, base }) {
  await p.go('/absences')
  await p.page.getByRole('button', { name: '登记请假' }).click()
  await p.page.getByRole('button', { name: '确认登记' }).click()
  assert.match(await p.page.getByRole('alert').innerText(), /请填写第一天/)
  await p.date('第一天', today)
  await p.date('最后一天', today)
  await p.page.getByLabel('学习培训').check()
  await p.page.getByLabel(/的代办人$/).click()
  await p.page.getByTitle('邹桂英').click()
  await p.page.keyboard.press('Escape')
  await p.shot('29-leave')
  await p.noSeriousFaults('/absences')
  await p.page.getByRole('button', { name: '确认登记' }).click()
  await p.page.locator('.list tbody tr', { hasText: '进行中' }).waitFor()
  await p.shot('30-absences')

  const grid = await (await Person.at(browser, base)).signIn('grid')
  await grid.page.getByText('您今天代 何春林 办理').waitFor()
  await grid.page.locator('.list tbody tr', { hasText: '代 何春林' }).first().waitFor()
  await grid.shot('30-substitute')
  await p.page.getByRole('button', { name: '提前结束 何春林 的请假' }).click()
  await p.page.getByRole('button', { name: '确认提前结束' }).click()
  await p.page.locator('.list tbody tr', { hasText: '已取消' }).waitFor()
  await grid.go('/')
  await grid.page.getByRole('heading', { name: '我的待办' }).waitFor()
  await grid.page.getByText('待办已全部办完').waitFor()
  await grid.close()
}

async function signOut({ cadre: p, identification }) {
  await p.page.goto(identification)
  await p.choose('sign_authorization')
  await p.page.locator('.account summary').click()
  await p.page.getByRole('button', { name: '特大' }).click()
  await p.shot('31-huge')
  await p.page.getByRole('button', { name: '标准' }).click()
  await p.page.evaluate(() => localStorage.setItem('shouwang-draft:x:y:z', '{}'))
  await p.page.getByRole('button', { name: '退出登录' }).click()
  await p.page.getByLabel('用户名').waitFor() // “退出登录” is a button whose name has “登录” in it too
  const left = await p.page.evaluate(() => Object.keys(localStorage).filter((k) => k.includes('draft')))
  assert.deepEqual(left, [])
  await p.close()
}
