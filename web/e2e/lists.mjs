// Lists at scale: people, order, columns, kept conditions, the keyboard, and one act on all that a filter chooses.
import assert from 'node:assert/strict'
import { Person } from './person.mjs'

export const lists = [
  ['people are found by pinyin, and no name stands in the address', people],
  ['conditions are kept by name, columns chosen, both on every device', kept],
  ['a list by the keyboard alone', keyboard],
  ['one act on everything that a filter chooses, looked at first', bulk],
  ['the lists on a phone', phone],
]

async function people({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('cadre')
  const all = await p.api('POST', '/persons/query', { limit: 50, count: true })
  const adult = all.items.find((x) => x.age > 20 && /^[一-龥]+$/.test(x.name))
  await p.page.getByRole('link', { name: '人员', exact: true }).click()
  await p.page.getByRole('heading', { name: '人员' }).waitFor()
  await p.page.locator('.list tbody tr').first().waitFor()
  await p.page.getByText(`共 ${all.total} 条`, { exact: false }).waitFor()
  await p.shot('90-people')
  await p.noSeriousFaults('/persons')
  await p.page.getByLabel('姓名', { exact: true }).fill(adult.name)
  await p.page.locator('.list tbody tr').filter({ hasNotText: adult.name }).first().waitFor({ state: 'detached' })
  await p.page.locator('.list tbody tr', { hasText: adult.name }).first().waitFor()
  const shown = await p.page.locator('.list tbody').innerText()
  assert.doesNotMatch(shown, /\d{17}[\dX]/, 'numbers are masked')
  assert.ok(!decodeURIComponent(p.page.url()).includes(adult.name), 'the name is not in the address')
  await p.page.locator('.list tbody tr .main-link').first().click()
  await p.page.locator('h1').waitFor()
  await p.page.goBack()
  await p.page.locator('.list tbody tr', { hasText: adult.name }).first().waitFor()
  assert.equal(await p.page.getByLabel('姓名', { exact: true }).inputValue(), adult.name, 'what was searched for is still there')
  await p.page.reload()
  await p.page.locator('.list tbody tr').first().waitFor()
  assert.equal(await p.page.getByLabel('姓名', { exact: true }).inputValue(), '', 'and gone when the page is loaded anew')
  await p.page.getByLabel('姓名', { exact: true }).fill('没有这个人')
  await p.page.getByText('没有符合条件的人员').waitFor()
  await p.page.getByRole('button', { name: '清除条件' }).click()
  await p.page.getByRole('button', { name: /姓名 ↕/ }).click()
  await p.page.waitForURL(/sort=name/)
  await p.page.locator('th[aria-sort]').waitFor()
  await p.close()
}

async function kept({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('township')
  await p.go('/households?status=monitored')
  const tools = p.page.getByRole('group', { name: '常用查询和显示' })
  await tools.getByRole('button', { name: '存为常用查询' }).click()
  const saving = p.page.getByRole('dialog', { name: '存为常用查询' })
  await saving.getByLabel(/^名称/).fill('监测户')
  await saving.getByLabel('打开这个列表时使用').check()
  await p.noSeriousFaults('存为常用查询')
  await saving.getByRole('button', { name: /^保\s?存$/ }).click()
  await tools.getByRole('button', { name: '监测户', pressed: true }).waitFor()
  await tools.getByRole('button', { name: '显示的列' }).click()
  const columns = p.page.getByRole('dialog', { name: '显示的列' })
  await columns.getByLabel('户类型').check()
  await columns.getByLabel('人口').uncheck()
  await columns.getByLabel('行距紧凑').check()
  await p.shot('91-columns', false)
  await columns.getByRole('button', { name: /^保\s?存$/ }).click()
  await columns.waitFor({ state: 'hidden' })
  await p.shot('92-households')

  const other = await (await Person.at(browser, base)).signIn('township')
  await other.page.getByRole('link', { name: '农户', exact: true }).click()
  await other.page.waitForURL(/status=monitored/)
  await other.page.getByRole('button', { name: '监测户', pressed: true }).waitFor()
  const heads = await other.page.locator('.list thead').innerText().catch(() => '')
  if (heads) assert.ok(heads.includes('户类型') && !heads.includes('人口'), heads)
  await other.page.getByRole('button', { name: '管理' }).click()
  const managing = other.page.getByRole('dialog', { name: '管理常用查询' })
  await managing.getByLabel('第 1 个的名称').fill('本镇监测户')
  await managing.getByRole('button', { name: /^保\s?存$/ }).click()
  await other.page.getByRole('button', { name: '本镇监测户', exact: true }).waitFor()
  await managing.waitFor({ state: 'hidden' })
  await other.page.getByRole('button', { name: '管理' }).click()
  await managing.getByRole('button', { name: '删除 本镇监测户' }).click()
  await managing.getByRole('button', { name: /^保\s?存$/ }).click()
  await other.page.getByRole('button', { name: '本镇监测户', exact: true }).waitFor({ state: 'hidden' })
  await managing.waitFor({ state: 'hidden' }) // when the server has it
  assert.deepEqual((await other.api('GET', '/me/lists/households')).saved, [])
  await other.close()
  await p.close()
}

async function keyboard({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('cadre')
  await p.go('/persons')
  await p.page.locator('.list tbody tr').nth(2).waitFor()
  await p.page.locator('h1').click()
  await p.page.keyboard.press('j')
  await p.page.keyboard.press('ArrowDown')
  const second = p.page.locator('.list tbody tr').nth(1).locator('.main-link')
  assert.ok(await second.evaluate((el) => el === document.activeElement), 'the second row has the focus')
  if (await p.page.getByRole('button', { name: '下一页' }).isEnabled()) {
    await p.page.keyboard.press('n')
    await p.page.getByText('第 2 页', { exact: false }).waitFor()
    await p.page.locator('h1').click()
    await p.page.keyboard.press('p')
    await p.page.getByText('第 1 页', { exact: false }).waitFor()
  }
  await p.page.keyboard.press('/')
  await p.page.keyboard.type('n/p')
  assert.equal(await p.page.getByLabel('姓名', { exact: true }).inputValue(), 'n/p', 'letters are letters where one types')
  await p.page.getByLabel('姓名', { exact: true }).fill('')
  await p.page.locator('.list tbody tr').nth(2).waitFor()
  await p.page.locator('h1').click()
  await p.page.keyboard.press('j')
  await p.page.keyboard.press('Enter')
  await p.page.waitForURL(/\/households\/./)
  await p.close()
}

async function bulk({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('cadre')
  const { items } = await p.api('GET', '/households?status=none&limit=40')
  const free = items.filter((h) => h.open_cases === 0).slice(0, 4)
  assert.ok(free.length > 1, 'households without a case')
  for (const h of free) await p.api('POST', '/cases', { procedure: 'risk_clue', household_id: h.id, form: { channel: 'routine_check', found_at: new Date().toISOString(), content: '走访时发现房屋漏雨' } })
  await p.go('/?procedure=risk_clue')
  await p.page.locator('.list tbody tr').first().waitFor()
  const total = Number(/共 (\d+) 条/.exec(await p.page.getByRole('navigation', { name: '翻页' }).innerText())[1])
  await p.page.getByRole('button', { name: '批量办理' }).click()
  const dialog = p.page.getByRole('dialog')
  await dialog.getByLabel('领取', { exact: true }).check()
  await p.noSeriousFaults('批量办理')
  await dialog.getByRole('button', { name: '先核对' }).click()
  await dialog.getByText(`领取 ${total} 件：等待开始`).waitFor()
  await p.shot('93-bulk-preview', false)
  await dialog.getByRole('button', { name: /^开始办理 \d+ 件$/ }).click()
  await dialog.getByText(`领取 ${total} 件：已办完`).waitFor()
  await dialog.getByRole('button', { name: '逐件查看' }).click()
  await dialog.locator('.results li', { hasText: '成功' }).first().waitFor()
  await p.shot('94-bulk-done', false)
  await dialog.getByRole('button', { name: /^关\s?闭$/ }).click()
  await p.page.locator('td[data-label="领取"]', { hasText: '本人' }).first().waitFor()
  assert.equal(await p.page.locator('td[data-label="领取"]', { hasText: '待领' }).count(), 0, 'all are taken')

  await p.page.getByRole('button', { name: '批量办理' }).click()
  await dialog.getByLabel('退回待领', { exact: true }).check()
  await dialog.getByRole('button', { name: '先核对' }).click()
  await dialog.getByRole('button', { name: /^取\s?消$/ }).click()
  await dialog.getByText('已取消', { exact: false }).first().waitFor()
  await dialog.getByRole('button', { name: /^接着办 \d+ 件$/ }).click()
  await dialog.getByText(`退回待领 ${total} 件：已办完`).waitFor()
  await dialog.getByRole('button', { name: /^关\s?闭$/ }).click()
  await p.go('/bulk-jobs')
  await p.page.getByRole('button', { name: `退回待领 ${total} 件` }).first().waitFor()
  await p.shot('95-bulk-jobs')
  await p.noSeriousFaults('/bulk-jobs')
  await p.close()
}

async function phone({ browser, base }) {
  const p = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
  await p.page.setViewportSize({ width: 360, height: 740 })
  for (const [path, name] of [['/persons', '96-people-phone'], ['/households', '97-households-phone'], ['/', '98-inbox-phone'], ['/cases', '99-cases-phone'], ['/bulk-jobs', '99-bulk-jobs-phone']]) {
    await p.go(path)
    await p.page.locator('.list tbody tr, .state-title').first().waitFor()
    await p.fitsTheScreen()
    await p.noSeriousFaults(path)
    await p.shot(name, false)
  }
  await p.close()
}
