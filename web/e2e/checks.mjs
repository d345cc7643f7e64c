import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Person, today } from './person.mjs'

/** Stories of runs, local rules, papers and forms by village; they follow those of the procedures. */
export const checks = [
  ['a township checks its data, follows the run, and opens what was found', startRun],
  ['a county’s rule: a fault at its place, a trial, and only then in force', countyRule],
  ['a value of policy is set from a day on, on a paper', policyValue],
  ['a paper is issued from a programme, and several are bound with a sheet to sign', programmePapers],
  ['a form of a household is filled in, finished, and checked by another', formF1],
  ['a form of a village, and a workbook of many households', villageForms],
  ['what a phone has no room for opens from 更多', phoneMenu],
]

async function startRun(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('township')
  await p.page.getByRole('link', { name: '数据检查', exact: true }).click()
  await p.page.getByRole('button', { name: '开始检查' }).click()
  await p.check('数据质量检查')
  await p.page.getByLabel(/^全部重查/).check()
  await p.shot('60-start-run')
  await p.page.getByRole('button', { name: /^开\s?始$/ }).click()
  await p.page.getByRole('heading', { level: 1, name: '青禾镇 · 数据质量检查' }).waitFor()
  await p.page.locator('.case-title').getByText('已完成').waitFor({ timeout: 60_000 })
  assert.match(await p.page.getByRole('status').first().innerText(), /(\d+) 户中已过 \1 户，查看 \1 户/)
  const rules = p.page.getByRole('table', { name: '各规则' })
  const rule = rules.getByRole('button').first()
  const title = await rule.innerText()
  await rule.click()
  await p.page.getByRole('heading', { name: `目前发现的情况：${title}` }).waitFor()
  await p.page.locator('[data-hit]').first().waitFor()
  for (const row of await p.page.locator('[data-hit]').allInnerTexts()) assert.ok(row.includes(title), 'hits of the chosen rule alone')
  await p.shot('61-run')
  await p.page.locator('[data-hit]').getByRole('link', { name: '检出' }).first().click()
  await p.page.getByRole('heading', { level: 1, name: /问题数据清洗/ }).waitFor()
  await p.choose('assign')
  await p.page.locator('aside').getByText('建议的清洗责任人').waitFor()
  assert.equal(await p.page.getByRole('radiogroup', { name: '问题环节' }).locator('input:checked').count(), 1, 'the proposed cause is chosen')
  await p.shot('61-assign')
  await p.close()

  const cadre = await (await Person.at(shared.browser, shared.base)).signIn('cadre')
  assert.equal(await cadre.page.getByRole('link', { name: '数据检查', exact: true }).count(), 0)
  await cadre.go('/runs')
  await cadre.page.getByRole('heading', { name: '数据检查和风险排查' }).waitFor()
  await cadre.page.getByText('还没有检查过').waitFor()
  assert.equal(await cadre.page.getByRole('button', { name: '开始检查' }).count(), 0, 'only an office starts one')
  await cadre.close()
}

async function countyRule(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('county')
  await p.go('/rules')
  await p.page.getByText('还没有本地规则').waitFor()
  await p.page.getByRole('button', { name: '新增规则' }).click()
  await p.fill('名称', '多人口户')
  await p.fill('条件', '家庭人囗 >= 4')
  await p.fill('符合时的提示', '家庭人口较多，请核对收入')
  await p.fill('依据', '县振发〔2026〕3号')
  await p.page.getByRole('button', { name: /^试\s?算$/ }).click()
  await p.page.getByRole('alert').getByText(/没有“家庭人囗”这一项/).waitFor()
  assert.equal(await p.page.locator('.expression mark').innerText(), '家', 'the place of the fault is shown')
  await p.shot('62-rule-fault')

  await p.fill('条件', '')
  await p.page.getByText('可用的名称、函数和写法').click()
  await p.page.getByRole('list', { name: '可用的名称' }).getByRole('button', { name: '家庭人口' }).click()
  await p.page.getByLabel('条件').press('End')
  await p.page.getByLabel('条件').pressSequentially(' >= 4')
  await p.fill('依据文件号', '县振发〔2026〕3号')
  await p.page.getByRole('button', { name: `自 ${today} 起生效` }).click()
  await p.page.getByRole('alert').getByText(/还没有试算/).waitFor()
  await p.page.getByRole('button', { name: /^试\s?算$/ }).click()
  const result = p.page.getByRole('region', { name: '试算结果' })
  await result.getByText(/^已完成：.*符合 [1-9]\d* 户/).waitFor({ timeout: 60_000 })
  assert.ok((await result.getByRole('link').count()) > 0, 'some households to look at')
  await p.shot('63-rule-trial')
  await p.page.getByRole('button', { name: `自 ${today} 起生效` }).click()
  await p.page.locator('[data-rule]', { hasText: '多人口户' }).waitFor()
  assert.match(await p.page.locator('[data-rule]').innerText(), /家庭人口 >= 4/)
  await p.shot('64-rules')
  await p.close()

  const town = await (await Person.at(shared.browser, shared.base)).signIn('township')
  await town.go('/rules')
  await town.page.locator('[data-rule]', { hasText: '多人口户' }).waitFor()
  assert.equal(await town.page.getByRole('button', { name: '新增规则' }).count(), 0, 'a township reads them')
  await town.close()
}

async function policyValue(shared) {
  const tomorrow = new Date(Date.parse(today) + 86_400_000).toISOString().slice(0, 10)
  const p = await (await Person.at(shared.browser, shared.base)).signIn('county')
  await p.go('/policy')
  await p.page.getByRole('button', { name: '设置问题数据派发', exact: true }).click()
  const panel = p.page.getByRole('region', { name: '设置问题数据派发' })
  await panel.getByLabel('天数').fill('0')
  await p.date('生效日期', tomorrow)
  await p.fill('依据文件号', '县振发〔2026〕5号')
  await panel.getByRole('button', { name: '试算影响' }).click()
  await panel.getByRole('alert').waitFor()
  await p.shot('64-policy')
  await panel.getByLabel('天数').fill('3')
  await panel.getByRole('button', { name: '试算影响' }).click()
  await panel.getByRole('button', { name: `自 ${tomorrow} 起生效` }).click()
  await p.page.locator('.list tbody tr', { hasText: '问题数据派发' }).getByText(new RegExp(`${tomorrow} 起：3 天（县振发〔2026〕5号）`)).waitFor()
  await p.close()
}

async function programmePapers(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('township')
  await p.page.goto(shared.programme)
  const panel = p.page.getByRole('region', { name: '文书' })
  await p.page.getByRole('button', { name: '发出通报' }).click() // the paper is about numbers that stand
  await p.page.locator('[data-bulletin]').first().waitFor()
  for (const n of [1, 2]) {
    await panel.getByRole('button', { name: '通报', exact: true }).click()
    const dialog = p.page.getByRole('dialog', { name: '通报' })
    await dialog.getByLabel('总体情况（必填）').fill(`第${n}期：整改总体平稳。`)
    if (n === 1) {
      await dialog.getByRole('button', { name: '预览草稿' }).click()
      const drawn = p.page.getByRole('dialog', { name: '通报（草稿）' })
      await drawn.getByRole('img', { name: '第 1 页' }).waitFor()
      const [draft] = await Promise.all([p.page.waitForEvent('download'), drawn.getByRole('button', { name: /^下\s?载$/ }).click()])
      assert.equal(draft.suggestedFilename(), '通报（草稿）.pdf')
      await drawn.getByRole('button', { name: /^关\s?闭$/ }).click()
      await drawn.waitFor({ state: 'detached' })
    }
    await dialog.getByRole('button', { name: /^签\s?发$/ }).click()
    await dialog.waitFor({ state: 'detached' })
    await panel.locator('[data-paper]').nth(n - 1).waitFor()
  }
  await p.shot('65-programme-papers')
  await panel.getByLabel('全选').check()
  await panel.getByRole('button', { name: '合订打印 2 份（附签收单）' }).click()
  const bundle = p.page.getByRole('dialog', { name: '合订打印 2 份文书' })
  await bundle.getByLabel('集中签字地点（可不填）').fill('镇政府会议室')
  const [pdf] = await Promise.all([p.page.waitForEvent('download'), bundle.getByRole('button', { name: '下载 PDF' }).click()])
  assert.equal(pdf.suggestedFilename(), '文书合订.pdf')

  const number = await panel.locator('[data-paper]').first().getAttribute('data-paper')
  await panel.locator('[data-paper]').first().getByRole('button', { name: /^作\s?废$/ }).click()
  await p.fill('作废理由', '期数写错')
  await p.page.getByRole('button', { name: '确认作废' }).click()
  await panel.locator(`[data-paper="${number}"]`).getByText('已作废').waitFor()

  await p.go('/papers')
  await p.page.locator(`[data-paper="${number}"]`).getByText('已作废').waitFor()
  await p.page.getByRole('button', { name: '排查问题清单' }).click()
  const [list] = await Promise.all([p.page.waitForResponse((r) => r.request().method() === 'POST' && r.url().endsWith('/papers')), p.page.getByRole('dialog').getByRole('button', { name: /^签\s?发$/ }).click()])
  assert.equal(list.status(), 200)
  await p.page.locator('[data-paper]', { hasText: '排查问题清单' }).waitFor()
  await p.shot('66-papers')
  await p.close()
}

async function formF1(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('cadre')
  await p.go('/households')
  await p.page.locator('.list tbody tr .main-link').first().click()
  await p.page.getByLabel('填一份表').click()
  await p.page.getByLabel('填一份表').fill('脱贫户年度')
  await p.page.getByTitle('脱贫户年度信息采集表', { exact: true }).click()
  await p.page.locator('.form-foot').waitFor()
  assert.notEqual(await p.page.getByLabel('户主姓名', { exact: true }).first().inputValue(), '', 'begun with what the register knows')
  await p.fill('年度或月份', today.slice(0, 4))
  await p.page.getByRole('button', { name: '保存草稿' }).click()
  await p.page.waitForURL(/\/forms\/[0-9A-Z]{26}/) // the page of the draft, which has the same heading
  await p.page.getByRole('heading', { level: 1, name: '脱贫户年度信息采集表' }).waitFor()
  shared.form = new URL(p.page.url()).pathname
  await p.page.getByRole('button', { name: '填完定稿' }).click()
  await p.page.getByRole('alert').getByText(/还有 \d+ 处需要补正/).waitFor()
  await p.shot('67-form-record')

  await p.page.getByRole('button', { name: /^填\s?写$/ }).click()
  await p.page.locator('.form-foot').waitFor()
  await fillIn(p.page)
  await p.shot('68-form-f1')
  await p.page.getByRole('button', { name: '保存草稿' }).click()
  await p.page.getByRole('button', { name: '填完定稿' }).waitFor()
  await p.page.getByLabel('说明').fill('已逐项与农户核对')
  await p.page.getByRole('button', { name: '填完定稿' }).click()
  await p.page.locator('.case-title').getByText('定稿').waitFor()
  assert.equal(await p.page.getByRole('button', { name: '复核通过' }).count(), 0, 'nobody checks his own form')
  await p.close()

  const second = await (await Person.at(shared.browser, shared.base)).signIn('secretary')
  await second.go(shared.form)
  await second.page.getByRole('button', { name: '复核通过' }).click()
  await second.page.getByText(/复核 段永福/).waitFor()
  await second.page.getByRole('button', { name: /^打\s?印$/ }).click()
  await second.fill('用途（记入查阅记录）', '农户签字')
  const [pdf] = await Promise.all([second.page.waitForEvent('download'), second.page.getByRole('button', { name: /^下\s?载$/ }).click()])
  assert.equal(pdf.suggestedFilename(), '脱贫户年度信息采集表.pdf')
  await second.close()
}

/** Answers whatever a form still asks for: no to each yes or no, the first of the choices, 0 for a number. */
async function fillIn(page) {
  // In one go: the form has a hundred of them.
  await page.locator('.fields .ant-radio-group').evaluateAll((groups) => {
    for (const group of groups) {
      const labels = [...group.querySelectorAll('label')]
      if (!group.querySelector('input:checked')) (labels.find((l) => l.innerText.trim() === '否') ?? labels[0]).click()
    }
  })
  for (const input of await page.locator('.fields input[inputmode=numeric], .fields input[inputmode=decimal], .fields .ant-input-number input').all()) {
    if ((await input.inputValue()) === '') await input.fill((await input.getAttribute('id')).includes('year') ? today.slice(0, 4) : '0')
  }
}

async function villageForms(shared) {
  const p = await (await Person.at(shared.browser, shared.base)).signIn('cadre')
  await p.go('/forms')
  await p.page.locator('.list tbody tr', { hasText: '脱贫户年度信息采集表' }).waitFor()
  await p.page.getByRole('button', { name: '打印、下载或填写' }).click()
  await p.page.getByLabel(/^表名/).fill('监测对象地理位置')
  await p.page.getByTitle('监测对象地理位置信息采集表', { exact: true }).click()
  await p.page.getByRole('button', { name: '下载工作簿' }).click()
  await p.fill('用途（记入查阅记录）', '集中填写')
  const [book] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('button', { name: /^下\s?载$/ }).click()])
  assert.match(book.suggestedFilename(), /监测对象地理位置信息采集表\.xlsx$/)
  const file = await book.path()

  await p.page.getByLabel(/^表名/).fill('自然增加')
  await p.page.getByTitle('脱贫户和监测对象家庭成员自然增加情况表', { exact: true }).click()
  await p.shot('69-forms')
  await p.page.getByRole('link', { name: /^填\s?写$/ }).click()
  await p.page.locator('.form-foot').waitFor()
  await p.page.getByRole('button', { name: '保存草稿' }).click()
  await p.page.getByRole('heading', { level: 1, name: '脱贫户和监测对象家庭成员自然增加情况表' }).waitFor()

  await p.go('/forms')
  await p.page.getByRole('button', { name: '导入填好的工作簿' }).click()
  await p.page.locator('input[data-field=forms]').setInputFiles({ name: '地理位置.xlsx', mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', buffer: readFileSync(file) })
  await p.page.getByText(/^预览：监测对象地理位置信息采集表/).waitFor({ timeout: 30_000 })
  await p.shot('69-import')
  await p.close()
}

async function phoneMenu({ browser, base }) {
  for (const login of ['county', 'township', 'cadre']) {
    const p = await (await Person.at(browser, base, { phone: true })).signIn(login)
    await p.page.getByRole('button', { name: '更多' }).click()
    await p.page.getByRole('link', { name: '表单', exact: true }).waitFor()
    await p.shot(`79-phone-more-${login}`, false)
    await p.page.getByRole('link', { name: '政策参数', exact: true }).click()
    await p.page.getByRole('heading', { name: '政策参数' }).waitFor()
    assert.equal(await p.page.getByRole('link', { name: '表单', exact: true }).count(), 0, 'the list folds away')
    await p.close()
  }
}
