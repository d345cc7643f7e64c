import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { inField, staffed } from './offices.mjs'
import { Person, today } from './person.mjs'
import { textsOf } from './xlsx.mjs'

/** Stories of the household page, the wall, the cockpit and the map. They need none of the others. */
export const house = [
  ['a household is told on one page with its rules; an office states a purpose for what is masked', householdPage],
  ['the wall tells the progress of a programme without names of households, on a screen, a phone and paper', officeWall],
  ['the cockpit of a campaign is put in order and leads to the households behind a number', cockpit],
  ['the map leads from the county to a village, where an office sees places for a purpose', areaMap],
]

const days = (n) => new Date(Date.parse(today) + n * 86_400_000).toISOString().slice(0, 10)

async function householdPage({ browser, base }) {
  const cadre = await (await Person.at(browser, base)).signIn('cadre')
  const village = (await cadre.api('GET', '/me')).grants[0].region_code
  const { items } = await cadre.api('GET', `/households?village=${village}&limit=20`)
  const h = items.find((x) => x.status === 'monitored') ?? items[0]
  await cadre.go(`/households/${h.id}#incomes`)
  const page = cadre.page
  await page.locator('[data-guarantee=housing]').waitFor()
  for (const name of ['监测历程', '家庭成员', '三保障和饮水', '历年收入', '风险、计划和措施', '走访日历', '问题和数据核实', '表册']) await page.getByRole('heading', { name, exact: true }).waitFor()
  assert.match(await page.locator('[data-guarantee=housing]').innerText(), /住房等级[\s\S]*规则：《/)
  await page.waitForFunction(() => Math.abs(document.getElementById('incomes')?.getBoundingClientRect().top) < 200, undefined, { timeout: 40_000 })
  const chart = page.locator('svg.bars')
  if (await chart.count()) assert.match(await chart.getAttribute('aria-label'), /年.*元/)
  await cadre.noSeriousFaults('农户页')
  await page.getByRole('navigation', { name: '本页内容' }).getByRole('link', { name: '走访' }).click()
  await page.waitForURL(/#visits$/)
  await page.evaluate(() => scrollTo(0, 0))
  await cadre.shot('90-household')
  await cadre.page.locator('#guarantees').scrollIntoViewIfNeeded()
  await cadre.shot('90-household-guide', false)
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.getByRole('navigation', { name: '本页内容' }).isVisible(), false)
  await cadre.shot('91-household-print')
  await cadre.close()

  const phone = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
  await phone.page.setViewportSize({ width: 360, height: 740 })
  await phone.go(`/households/${h.id}`)
  await phone.page.locator('[data-guarantee=housing]').waitFor()
  await phone.fitsTheScreen()
  await phone.shot('92-household-phone')
  await phone.close()

  const office = await (await Person.at(browser, base)).signIn('township')
  await office.go(`/households/${h.id}`)
  await office.page.locator('[data-guarantee=housing]').waitFor()
  assert.ok(!/住房等级/.test(await office.page.locator('[data-guarantee=housing]').innerText()), 'an office sees masked what is personal')
  await office.page.getByRole('button', { name: '写明用途查看收入和保障依据' }).click()
  const dialog = office.page.getByRole('dialog')
  await dialog.getByLabel(/^用途/).fill('研判是否纳入监测')
  await dialog.getByRole('button', { name: /^查\s?看$/ }).click()
  await dialog.locator('[data-guarantee=housing]').getByText('住房等级').first().waitFor()
  await office.noSeriousFaults('农户页：写明用途')
  await office.shot('93-household-revealed')
  await office.close()
}

async function officeWall({ browser, base }) {
  const office = await (await Person.at(browser, base)).signIn('township')
  const township = (await office.api('GET', '/me')).grants[0].region_code
  const programme = await office.api('POST', '/programmes', {
    title: '上墙整改方案', region_code: township, source_paper: '', plan: '立行立改。', cut_off: days(60),
    phases: [{ kind: 'rectify', title: '集中整改', from: days(-5), until: days(30) }], events: [],
  })
  const { items } = await office.api('GET', '/households?limit=2')
  for (const h of items) {
    await office.api('POST', '/cases', {
      procedure: 'rectification', household_id: h.id,
      form: { brief: `${h.head_name}家饮水不足`, subject_kind: 'household', household_type: 'ordinary', population: 3, description: '入户发现', found_on: today, self_found: true, programme_no: programme.no },
    })
  }
  await office.go(`/programmes/${programme.id}`)
  await office.page.getByRole('link', { name: '整改上墙' }).click()
  await office.page.getByRole('heading', { level: 1, name: '上墙整改方案' }).waitFor()
  const board = office.page.locator('.wall-board')
  await board.getByText('集中整改').waitFor()
  assert.match(await board.locator('.wall-totals').innerText(), /问题\s*2/)
  const told = await board.innerText()
  for (const h of items) assert.ok(!told.includes(h.head_name), 'nobody stands on the wall by name')
  assert.ok(!told.includes('饮水不足'))
  await office.noSeriousFaults('整改上墙')
  await office.shot('94-wall')
  await office.page.getByRole('button', { name: '全屏' }).click()
  await office.page.waitForFunction(() => document.fullscreenElement?.classList.contains('wall-board'))
  await office.page.evaluate(() => document.exitFullscreen())
  const paper = await office.page.pdf({ preferCSSPageSize: true, format: 'A3', landscape: true })
  assert.equal(paper.subarray(0, 5).toString(), '%PDF-')
  await office.page.emulateMedia({ media: 'print' })
  assert.equal(await office.page.getByRole('link', { name: '返回方案' }).isVisible(), false)
  await office.shot('95-wall-print')
  await office.close()

  const phone = await (await Person.at(browser, base, { phone: true })).signIn('township')
  await phone.page.setViewportSize({ width: 360, height: 740 })
  await phone.go(`/wall/programmes/${programme.id}`)
  await phone.page.locator('.wall-totals').waitFor()
  await phone.fitsTheScreen()
  await phone.shot('96-wall-phone')
  await phone.close()
}

async function cockpit(shared) {
  if (!shared.command) return // its people are made on the server itself
  const { browser, base } = shared
  const office = await (await Person.at(browser, base)).signIn('township')
  await staffed(shared, office)
  const surveyor = await (await Person.at(browser, base)).signIn('surveyor')
  const me = await surveyor.api('GET', '/me')
  await surveyor.close()
  const { id } = await inField(office, me.user.id, me.grants[0].region_code)
  await office.go(`/cases/${id}?tab=cockpit`)
  const lines = office.page.locator('table.progress-lines').first()
  await lines.locator('tbody tr').first().waitFor()
  await lines.getByRole('button', { name: '已入户' }).click()
  await lines.locator('th[aria-sort=descending]', { hasText: '已入户' }).waitFor()
  await office.noSeriousFaults('行动进度')
  await office.shot('97-cockpit')
  await office.page.locator('table.progress-lines').nth(1).locator('tbody a').first().click()
  await office.page.waitForURL(/surveyor=/)
  const coverage = office.page.locator('#coverage')
  await coverage.locator('tbody tr').first().waitFor()
  assert.equal(await coverage.locator('tbody tr').count(), 2, 'the two households of that surveyor')
  await office.page.setViewportSize({ width: 360, height: 740 })
  await office.fitsTheScreen()
  await office.shot('98-cockpit-phone')
  await office.close()
}

async function areaMap({ browser, base }) {
  const cadre = await (await Person.at(browser, base)).signIn('cadre')
  const village = (await cadre.api('GET', '/me')).grants[0].region_code
  const { items } = await cadre.api('GET', `/households?village=${village}&limit=3`)
  for (const [i, h] of items.entries()) {
    const blank = await cadre.api('GET', `/forms/blank?form=f3&household_id=${h.id}`)
    const answers = { ...blank.answers, category: 'marginal', longitude: 104.42 + i * 0.0002, latitude: 30.42, accuracy: 8, taken_by: '村干部', taken_at: `${today}T00:30:00+08:00` }
    const { item } = await cadre.api('POST', '/form-records', { form: 'f3', household_id: h.id, answers })
    await cadre.api('POST', `/form-records/${item.id}/acts`, { action: 'finish', row_version: item.row_version, answers })
  }
  await cadre.go(`/map?region=${village}`)
  await cadre.page.getByText('住户位置属于敏感个人信息').waitFor()
  assert.equal(await cadre.page.getByRole('button', { name: '写明用途查看住户位置' }).count(), 0)
  await cadre.close()

  const county = await (await Person.at(browser, base)).signIn('county')
  const page = county.page
  await page.getByRole('link', { name: '地图', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: /^地图：/ }).waitFor()
  await page.locator('svg.map a').first().waitFor()
  await county.noSeriousFaults('地图：县')
  await county.shot('100-map-county')
  await page.locator(`[data-area="${village.slice(0, 9)}"]`).getByRole('link').first().click()
  await page.locator(`[data-area="${village}"]`).getByRole('link').first().click()
  await page.getByRole('button', { name: '写明用途查看住户位置' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^用途/).fill('安排汛期入户走访')
  await dialog.getByRole('button', { name: /^查\s?看$/ }).click()
  await page.getByText('登记了位置的 3 户').waitFor()
  await page.locator('svg.map [data-cluster="3"]').waitFor()
  assert.ok(!page.url().includes('104.4'))
  await county.noSeriousFaults('地图：村')
  await county.shot('101-map-village')
  await page.locator('svg.map [data-cluster="3"]').focus()
  for (let i = 0; i < 4; i++) await page.getByRole('button', { name: '放大', exact: true }).click()
  await page.locator('svg.map [data-cluster="3"]').waitFor({ state: 'detached' })
  await page.setViewportSize({ width: 360, height: 740 })
  await county.fitsTheScreen()
  await county.shot('102-map-phone')

  const square = (code, x) => ({ type: 'Feature', properties: { code }, geometry: { type: 'Polygon', coordinates: [[[x, 30], [x + 0.1, 30], [x + 0.1, 30.1], [x, 30]]] } })
  await page.setViewportSize({ width: 1366, height: 768 })
  await county.go('/map')
  await page.getByRole('button', { name: '导入地区界线' }).click()
  const file = JSON.stringify({ type: 'FeatureCollection', features: [square(village, 104), square('110101', 105)] })
  await page.locator('input[data-field=boundaries]').setInputFiles({ name: '界线.geojson', mimeType: 'application/json', buffer: Buffer.from(file) })
  await page.getByText('不是您辖区内的地区代码').waitFor()
  await county.noSeriousFaults('导入地区界线')
  await county.shot('103-map-import')
  const [back] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '下载写有结果的工作簿' }).click()])
  assert.match(textsOf(readFileSync(await back.path())), /不是您辖区内的地区代码/)
  await page.getByRole('button', { name: '确认导入 1 个地区' }).click()
  await page.getByText('已保存 1 个地区，未导入 1 个').waitFor()
  await county.close()
}
