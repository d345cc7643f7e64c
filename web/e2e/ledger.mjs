// The household ledger of an office: looked at, mended, imported, given back.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Person } from './person.mjs'
import { textsOf, workbookOf } from './xlsx.mjs'

export const ledger = [
  ['an office imports its household ledger: faults with their cells, what changes, and the workbook with a word beside each row', office],
  ['the same ledger on a phone has nothing new; who is no office does not find the way to it', others],
]

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** An identity number of nobody, with its last digit. */
function numberOf(first17) {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((n, w, i) => n + w * Number(first17[i]), 0)
  return first17 + '10X98765432'[sum % 11]
}

const choose = (p, file) => p.page.locator('input[data-field=ledger]').setInputFiles({ name: '农户台账.xlsx', mimeType: xlsx, buffer: file })

async function returned(p) {
  const [file] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('button', { name: '下载写有结果的工作簿' }).click()])
  assert.equal(file.suggestedFilename(), '导入结果-农户台账.xlsx')
  return textsOf(readFileSync(await file.path()))
}

async function office(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('township')
  const { items } = await p.api('GET', '/households?limit=1')
  const known = items[0]
  const heading = ['户编号', '村', '组', '户主姓名', '户主身份证号', '联系电话', '我们自己的列']
  const rows = (last) => [heading,
    [known.household_no, known.region_code, '九十九组', known.head_name, '', '', ''],
    ['TZ-0001', '松塘村', '一组', '查新禾', numberOf('51990119800101001'), '16012340000', '甲'],
    ['TZ-0002', '松塘村', '一组', '查新木', last, '', '乙']]
  await p.page.getByRole('link', { name: '农户', exact: true }).click()
  await p.page.getByRole('link', { name: '导入台账' }).click()
  await p.page.getByRole('heading', { name: '导入农户台账' }).waitFor()
  await choose(p, workbookOf(rows('1234')))
  await p.page.getByText('预览：共 3 户，新增 1 户，更新 1 户，无变化 0 户，未导入 1 户', { exact: false }).waitFor()
  await p.page.getByText('没有认出、按原样保存的列：我们自己的列').waitFor()
  const bad = p.page.locator('.list tbody tr', { hasText: '查新木' })
  assert.match(await bad.innerText(), /Sheet1 第 4 行[\s\S]*未导入[\s\S]*E4[\s\S]*LED-/)
  await p.page.locator('.list tbody tr', { hasText: known.head_name }).getByText('九十九组', { exact: false }).waitFor()
  await p.shot('l1-preview')
  await p.noSeriousFaults('/households/import')
  await p.page.getByText('未导入 1', { exact: true }).click()
  assert.equal(await p.page.locator('.list tbody tr').count(), 1)
  assert.match(await returned(p), /未导入[\s\S]*LED-|LED-[\s\S]*未导入/)

  // Mended, it goes in whole.
  shared.ledger = workbookOf(rows(numberOf('51990119820101002')))
  await choose(p, shared.ledger)
  await p.page.getByText('新增 2 户，更新 1 户，无变化 0 户，未导入 0 户', { exact: false }).waitFor()
  await p.page.getByRole('button', { name: '确认导入 3 户' }).click()
  await p.page.getByText('已办：共 3 户，新增 2 户', { exact: false }).waitFor()
  await p.shot('l1-done', false)
  assert.match(await returned(p), /无变化/, 'and after it is done')
  await p.page.getByRole('button', { name: /^完\s?成$/ }).click()
  await p.page.getByRole('searchbox').first().fill('查新木')
  await p.page.locator('.list tbody tr', { hasText: 'TZ-0002' }).waitFor()
  const { items: found } = await p.api('POST', '/households/query', { q: known.household_no, limit: 1 })
  assert.equal(found[0].group, '九十九组')
  await p.close()
}

async function others(shared) {
  const p = await (await Person.at(shared.browser, shared.base, { phone: true })).signIn('county')
  await p.go('/households/import')
  await p.page.getByRole('heading', { name: '台账工作簿' }).waitFor()
  await choose(p, shared.ledger)
  await p.page.getByText('新增 0 户，更新 0 户，无变化 3 户，未导入 0 户', { exact: false }).waitFor()
  assert.ok(await p.page.getByRole('button', { name: '确认导入 0 户' }).isDisabled())
  await choose(p, workbookOf([['户编号', '村', '户主姓名'], ['TZ-0003', '不存在村', '查无村'], ['TZ-0004', '松塘村', '查有村']]))
  await p.page.getByText('在您的管辖范围内没有“不存在村”', { exact: false }).waitFor()
  await p.fitsTheScreen('/households/import')
  await p.shot('l2-phone')
  await p.noSeriousFaults('/households/import on a phone')
  await choose(p, Buffer.from('no workbook'))
  await p.page.getByRole('alert').filter({ hasText: 'xlsx' }).waitFor()
  await p.close()

  const cadre = await (await Person.at(shared.browser, shared.base)).signIn('cadre')
  await cadre.go('/households')
  await cadre.page.locator('.list tbody tr').first().waitFor()
  assert.equal(await cadre.page.getByRole('link', { name: '导入台账' }).count(), 0)
  await cadre.go('/households/import')
  await cadre.page.getByText('农户台账由乡镇和县级办公室导入').waitFor()
  await cadre.close()
}
