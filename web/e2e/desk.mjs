import assert from 'node:assert/strict'
import { PASSWORD, Person } from './person.mjs'

/** Stories of the desk: each post's home, what one has done, opened and was told of, and the whole job by keyboard. They need none of the others. */
export const desk = [
  ['every post has its home: four numbers that lead to their lists, and what it looks after', homes],
  ['the main job by keyboard alone: from the desk over a form to the next task, with the reason why', keyboardJob],
  ['keys can be looked up, and switched off', keySheet],
  ['done, started, and told: what I did, what I opened, what a colleague told me of', lists],
  ['what is late is told even where a filter hides it', hidden],
  ['an opinion is kept for the next time, on the server', opinions],
  ['the case: arithmetic on a click, a picture on the page, the chart, the slider with the difference to now', casePage],
  ['no serious fault of accessibility on these pages, and they fit a phone', accessible],
]

/** Signs in as one who opens the application: he comes to his desk. */
async function enter(shared, login, phone = false) {
  const p = await Person.at(shared.browser, shared.base, { phone })
  await p.go('/')
  await p.page.getByLabel('用户名').fill(login)
  await p.page.getByLabel('口令').fill(PASSWORD)
  await p.page.getByRole('button', { name: '登录' }).click()
  await p.page.getByRole('heading', { level: 1, name: '工作台' }).waitFor()
  return p
}

const homesOf = [
  ['cadre', ['我的待办', '我的事项', '正在公示'], []],
  ['grid', ['报告线索', '正在公示'], []],
  ['township', ['各地超期和临期', '待回复的督办', '部门名单'], []],
  ['county', ['各地超期和临期', '待回复的督办'], ['部门名单']],
  ['dept_civil_affairs', ['部门名单'], ['各地超期和临期']],
  ['surveyor', ['我的入户表'], ['户表审核', '正在公示']],
  ['entry', ['待录入'], ['我的入户表']],
]
/** Posts that no demonstration account holds; that of the city is looked at where it enrols its second factor. */
const furtherOf = [
  ['desk_instructor', '卫指导', 'instructor', '户表审核', 'handed_in'],
  ['desk_head', '柏组长', 'group_leader', '户表会审', 'joint_review'],
]

async function homes(shared) {
  for (const [login, there, absent] of homesOf) {
    const p = await enter(shared, login)
    for (const title of there) await p.page.getByRole('heading', { level: 2, name: title }).waitFor()
    for (const title of absent) assert.equal(await p.page.getByRole('heading', { level: 2, name: title }).count(), 0, `${login}: ${title}`)
    const figures = p.page.getByRole('navigation', { name: '四个数字' })
    await p.page.waitForFunction(() => [...document.querySelectorAll('.figure b')].every((b) => b.textContent !== '—'))
    const counts = await p.api('GET', '/tasks/counts')
    assert.deepEqual(await figures.locator('b').allInnerTexts().then((all) => all.slice(0, 3)), [counts.all, counts.today, counts.overdue].map(String), login)
    await p.noSeriousFaults(`desk of ${login}`)
    await p.shot(`d1-home-${login}`)
    if (login === 'township') {
      const late = p.page.locator('[data-area] a.over').first()
      const n = Number((await late.innerText()).replace(' 件', ''))
      await late.click()
      await p.page.getByRole('heading', { name: '案件查询' }).waitFor()
      await p.page.locator('.list tbody tr').first().waitFor()
      assert.equal(await p.page.locator('.list tbody tr').count(), Math.min(n, 20), 'the number is that of the list')
    }
    await p.close()
  }
  await further(shared)
  for (const [login, title] of [['auditor', '审计任务'], ['secadmin', '管理申请和系统情况']]) {
    const p = await enter(shared, login)
    await p.page.getByRole('heading', { level: 2, name: title }).waitFor()
    assert.equal(await p.page.getByRole('navigation', { name: '四个数字' }).count(), 0, 'nothing waits for them')
    await p.shot(`d1-home-${login}`)
    await p.close()
  }
}

async function further(shared) {
  if (!shared.command) return // the accounts are made on the server itself
  const office = await enter(shared, 'township')
  const [{ region_code: township }] = (await office.api('GET', '/me')).grants
  await office.close()
  for (const [login, name, role, title, state] of furtherOf) {
    shared.command(['account', login, '--name', name, '--role', role, '--region', township])
    const p = await (await Person.at(shared.browser, shared.base)).firstSignIn(login)
    const stage = p.page.getByRole('region', { name: title }).locator(`[data-stage=${state}]`)
    const { total } = await p.api('POST', '/cases/query', { procedure: 'household_form', state, open: true, count: true, limit: 1 })
    await stage.getByText(`${total} 条`).waitFor()
    await p.noSeriousFaults(`desk of ${role}`)
    await p.shot(`d1-home-${role}`)
    await stage.getByRole('link').click()
    await p.page.getByRole('heading', { name: '案件查询' }).waitFor()
    await p.close()
  }
}

/** A household without open cases, and a clue about it, registered by the page's own way. */
async function newClue(p, content) {
  const { items } = await p.api('GET', '/households?status=none&limit=100')
  for (const h of items) {
    const { items: cases } = await p.api('GET', `/households/${h.id}/cases?open=true`)
    if (cases.some((c) => !c.final && c.procedure !== 'household_status' && c.procedure !== 'visit_task')) continue
    const found_at = new Date(Date.now() - 3_600_000).toISOString()
    const { case: c } = await p.api('POST', '/cases', { procedure: 'risk_clue', household_id: h.id, form: { channel: 'routine_check', found_at, content } })
    return c.id
  }
  throw new Error('no household is free')
}

async function keyboardJob(shared) {
  const p = await enter(shared, 'cadre')
  const key = (k) => p.page.keyboard.press(k)
  const clue = await newClue(p, '户主住院，自付费用较大。')
  shared.clue = clue
  await newClue(p, '房屋漏雨，需核实。')
  await p.go('/desk')
  await p.page.locator('.list tbody tr').first().waitFor()
  await key('g')
  await key('d')
  await p.page.getByRole('heading', { level: 1, name: '我的待办' }).waitFor()
  await p.page.locator('.list tbody tr').first().waitFor()
  const link = p.page.locator(`tr[data-case="${clue}"] .main-link`)
  if (!(await link.count())) {
    // The inbox is long: the search finds it.
    const { summary } = await p.api('GET', `/cases/${clue}`)
    await key('/')
    await p.page.keyboard.type(summary.no)
    await link.waitFor()
    await key('Escape')
  }
  for (let i = 0; i < 25 && !(await link.evaluate((el) => el === document.activeElement)); i++) await key(i % 2 ? 'j' : i === 0 ? 'j' : 'ArrowDown')
  assert.ok(await link.evaluate((el) => el === document.activeElement), 'j and arrows reach the case')
  await key('Enter')
  await p.page.getByRole('heading', { name: '现在可以办理' }).waitFor()
  await p.page.locator('[data-event=register_locally][aria-keyshortcuts]').waitFor()
  await key(await p.page.locator('[data-event=register_locally]').getAttribute('aria-keyshortcuts'))
  await p.page.locator('.form-foot').waitFor()
  await key('Tab')
  await p.page.locator('.form-foot button[type=submit]').focus() // where Tab comes to at last
  await key('Control+Enter')
  await p.page.getByRole('heading', { name: /办理成功/ }).waitFor()
  const why = p.page.locator('#next-why')
  await why.waitFor()
  assert.match(await why.innerText(), /最急：(剩 \d+ 个工作日|今日到期|已超期)/)
  await p.shot('d2-next')
  const next = await p.page.getByRole('link', { name: /^办理下一件/ }).getAttribute('href')
  await key('n')
  await p.page.waitForURL((url) => next.startsWith(url.pathname))
  await p.page.getByRole('heading', { name: '现在可以办理' }).waitFor()
  await p.close()
}

async function keySheet(shared) {
  const p = await enter(shared, 'cadre')
  await p.page.getByRole('heading', { level: 1, name: '工作台' }).waitFor()
  await p.page.keyboard.press('?')
  const sheet = p.page.getByRole('dialog', { name: '键盘快捷键' })
  await sheet.getByText('到已办').waitFor()
  await p.noSeriousFaults('key sheet')
  await p.shot('d3-keys', false)
  await sheet.getByRole('checkbox').uncheck()
  await p.page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
  await p.page.keyboard.press('g')
  await p.page.keyboard.press('y')
  await p.page.keyboard.press('?')
  await p.page.waitForTimeout(300)
  assert.equal(await sheet.count(), 0)
  assert.equal(new URL(p.page.url()).pathname, '/desk', 'switched off, keys do nothing')
  await p.page.reload()
  await p.page.locator('.account summary').click()
  await p.page.getByRole('button', { name: '快捷键' }).click()
  await sheet.getByRole('checkbox').check()
  await sheet.getByRole('button', { name: /^关\s?闭$/ }).click()
  await p.page.locator('.account summary').click()
  await p.page.keyboard.press('g')
  await p.page.keyboard.press('y')
  await p.page.getByRole('heading', { level: 1, name: '已办' }).waitFor()
  await p.close()
}

async function lists(shared) {
  const p = await enter(shared, 'cadre')
  const told = await newClue(p, '家中劳动力外出务工中断。')
  await p.go(`/cases/${told}`)
  await p.choose('register_locally')
  await p.page.getByLabel(/^抄送/).click()
  await p.page.keyboard.type('沈')
  await p.page.getByTitle(/^沈雅琴/).click()
  await p.page.keyboard.press('Escape')
  await p.shot('d4-copy-to')
  await p.handIn()
  await p.go('/done')
  const row = p.page.locator(`tr[data-case="${told}"]`)
  await row.getByText('村级登记').waitFor()
  await row.getByText('核实中').waitFor()
  await p.shot('d4-done')
  await p.page.getByRole('link', { name: '我发起的', exact: true }).first().click()
  await p.page.getByRole('heading', { level: 1, name: '我发起的' }).waitFor()
  await p.page.locator(`a[href="/cases/${told}"]`).waitFor()
  await p.shot('d4-started')
  await p.go(`/cases/${told}`)
  await p.page.locator('.time').getByText('抄送', { exact: true }).waitFor()
  await p.close()

  const town = await enter(shared, 'township')
  await town.page.getByRole('link', { name: '未读抄送' }).click()
  const copy = town.page.locator(`tr[data-case="${told}"]`)
  await copy.getByText('未读').waitFor()
  await copy.getByText('何春林', { exact: true }).waitFor()
  await town.shot('d4-copies')
  await copy.locator('.main-link').click()
  await town.page.getByRole('heading', { level: 1, name: /风险线索/ }).waitFor()
  await town.go('/copies')
  await copy.waitFor()
  assert.equal(await copy.getByText('未读').count(), 0, 'opened is read')
  await town.close()
}

async function hidden(shared) {
  const p = await enter(shared, 'cadre')
  if (shared.sql) {
    shared.sql(`UPDATE tasks SET due_at = '2026-01-05 04:00:00+00:00' WHERE closed_at IS NULL AND role = 'village_cadre' AND case_id = '${shared.clue}'`)
    await p.go('/?due=soon')
    await p.page.getByText(/另有 \d+ 件超期未显示/).waitFor()
    await p.shot('d5-hidden')
    await p.page.getByRole('link', { name: '查看全部超期' }).click()
    await p.page.locator(`tr[data-case="${shared.clue}"]`).waitFor()
    assert.equal(await p.page.getByText(/件超期未显示/).count(), 0)
  }
  await p.close()
}

async function opinions(shared) {
  const p = await enter(shared, 'township')
  const { items } = await p.api('GET', '/cases?procedure=identification&limit=1')
  const saved = '经镇党委会议研究，同意上报县级审定。'
  // The form can be filled in before its turn has come.
  await p.go(`/cases/${items[0].id}?event=township_pass`)
  await p.fill('审核意见', saved)
  await p.page.getByRole('button', { name: '存为常用意见' }).click()
  await p.page.getByRole('button', { name: saved, exact: true }).waitFor()
  await p.page.evaluate(() => localStorage.clear())
  await p.page.reload()
  await p.page.getByRole('button', { name: saved, exact: true }).click()
  assert.equal(await p.page.getByLabel('审核意见', { exact: true }).inputValue(), saved, 'kept by the server, not on the device')
  await p.shot('d5-opinions')
  await p.page.getByRole('button', { name: /^管\s?理$/ }).click()
  await p.page.getByRole('button', { name: `删除常用意见：${saved}` }).click()
  await p.page.getByText('已全部删除').waitFor()
  await p.close()
}

async function casePage(shared) {
  const p = await enter(shared, 'cadre')
  const id = shared.clue
  await p.attach(id, 'screening_form')
  await p.go(`/cases/${id}`)
  await p.page.getByRole('button', { name: /怎样算的/ }).click()
  const sum = p.page.getByRole('dialog', { name: '期限怎样算出来的' })
  await sum.locator('.sum li').first().waitFor()
  await p.shot('d6-arithmetic', false)
  await p.page.keyboard.press('Escape')
  await p.page.getByRole('tab', { name: /^附件/ }).click()
  await p.page.getByRole('button', { name: '预览 screening_form.png' }).click()
  const picture = p.page.getByAltText('附件 screening_form.png')
  await p.page.waitForFunction(() => document.querySelector('img.preview')?.naturalWidth > 0)
  assert.match(await picture.getAttribute('src'), /^blob:/)
  await p.noSeriousFaults('preview')
  await p.shot('d6-preview', false)
  await p.page.keyboard.press('Escape')
  await p.page.getByRole('tab', { name: '流程图' }).click()
  await p.page.locator('svg.chart').waitFor()
  await p.page.getByText('全部环节').click()
  await p.page.getByText('✕ 不会再到').waitFor()
  await p.shot('d6-flow')
  await p.page.getByRole('tab', { name: '历史时点' }).click()
  await p.page.getByRole('button', { name: '与最新比较' }).click()
  const handle = p.page.getByRole('slider', { name: '步骤' })
  await handle.focus()
  for (let i = 0; i < 6; i++) await p.page.keyboard.press('ArrowLeft')
  await p.page.getByText(/^第 1 步，共/).waitFor()
  const change = p.page.getByRole('table', { name: '变化' })
  await change.getByText('核实中').waitFor()
  await p.shot('d6-slider')
  await p.close()
}

async function accessible(shared) {
  for (const phone of [false, true]) {
    const p = await enter(shared, 'cadre', phone)
    if (phone) await p.page.setViewportSize({ width: 360, height: 740 })
    for (const path of ['/desk', '/done', '/started', '/copies', '/']) {
      await p.go(path)
      await p.page.getByRole('heading', { level: 1 }).waitFor()
      await p.page.locator('.list tbody tr, .state-title').first().waitFor()
      await p.noSeriousFaults(path)
      await p.fitsTheScreen()
      if (phone) await p.shot(`d7-phone-${path.slice(1) || 'inbox'}`)
    }
    await p.close()
  }
}
