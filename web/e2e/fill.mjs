// Fills in a form of any event as a careful person would, by clicks and keys, from its definition.
import assert from 'node:assert/strict'

/** What is meant well about a household: the answer to these is yes, to other questions no. */
const well = /^(education|medical|housing|food|clothes|water|student_aid|electricity|tv)_ok$|^(insurance_paid|reimbursed|income_stable|water_piped|water_looks_good|house_repaired|has_labour|handbook|resident_team)$/

/** The words of free texts, wherever they are asked for. */
const texts = {
  reason: '材料与入户情况一致', opinion: '经审核，材料齐全，符合条件', content: '主要劳动力务工不稳，收入明显减少', note: '已登记', difficulty: '务工收入中断，学费和生活开支较大',
  findings: '入户查看住房、饮水，核对家庭成员和收入，情况属实', finding: '已到现场查看，情况属实', minutes: '逐户介绍情况，代表发表意见后表决', respondent: '户主', chair: '村党组织书记',
  place: '村务公开栏', phone: '0999-8800123', unit: '松塘村村民委员会', proposal: '拟纳入防止返贫监测对象', national_no: 'FPJC-2026-000123', detail: '已逐项核对',
  surveyor: '调查员', achievements: '名单内农户逐户排查，问题边查边改', problems: '一户账实不符', corrected: '立行立改的问题已销号', next_steps: '巩固整改成果',
}

/** Texts that are chosen from what exists. */
const found = ['person_id', 'new_head', 'target_village', 'household_id']

/** An answer that nobody asked to be different. */
function usual(field, today) {
  switch (field.kind) {
    case 'date':
      return today
    case 'datetime':
      return 'now'
    case 'integer':
    case 'number':
    case 'money':
      return Math.max(field.min ?? 0, 0)
    case 'yes':
      return well.test(field.code)
    case 'choice':
      return field.options[0].code
    case 'choices':
      return [field.options[0].code]
    case 'files':
      return true
    case 'rows':
      return [{}]
    default:
      return found.includes(field.code) ? '' : (texts[field.code] ?? '已办理')
  }
}

/** Whether a question is asked at all, given the answers before it. */
function applies(field, answers) {
  if (!field.when) return true
  const said = answers[field.when.field]
  return (Array.isArray(said) ? said : [said]).some((x) => field.when.in.includes(String(x)))
}

/**
 * Fills in what is given and, unless told otherwise, all that is required. An answer null leaves a question alone; a choice is
 * told by its code or a part of its title.
 */
export async function fill(page, fields, given = {}, { today, rest = true, path = [] } = {}) {
  const answers = {}
  for (const field of fields) {
    if (!applies(field, answers)) continue
    const wanted = field.code in given ? given[field.code] : rest && (field.required || field.must) ? usual(field, today) : null
    if (wanted === null) continue
    answers[field.code] = wanted
    await put(page, field, [...path, field.code], wanted, today).catch((err) => assert.fail(`${field.title} (${field.code}): ${err.message}`))
  }
}

async function put(page, field, path, value, today) {
  const id = path.join('_')
  const at = page.locator(`[id="${id}"]`)
  if (field.must) return at.check()
  switch (field.kind) {
    case 'text':
      if (found.includes(field.code)) return pickFound(page, at, value)
      return at.fill(String(value))
    case 'long':
      return at.fill(String(value))
    case 'date':
      await at.fill(value)
      return (await at.getAttribute('type')) === 'date' ? undefined : at.press('Enter')
    case 'datetime':
      return page.locator('.ant-form-item', { has: at }).getByRole('button', { name: /现\s?在/ }).click()
    case 'integer':
    case 'number':
      return at.fill(String(value))
    case 'money':
      return at.fill((value / 100).toFixed(2))
    case 'yes':
      return at.getByLabel(value ? '是' : '否', { exact: true }).check()
    case 'choice':
      return field.options.length <= 6 ? at.getByLabel(titleOf(field, value), { exact: true }).check() : pick(page, at, titleOf(field, value))
    case 'choices':
      return putChoices(page, field, at, value)
    case 'files':
      return putFile(page, field, at)
    default:
      return putRows(page, field, path, value, today)
  }
}

const titleOf = (field, value) => {
  const option = field.options.find((o) => o.code === value) ?? field.options.find((o) => o.title.includes(value))
  assert.ok(option, `${field.title}: no ${value} among ${field.options.map((o) => o.title).join('、')}`)
  return option.title
}

const opened = '.ant-select-dropdown:not(.ant-select-dropdown-hidden)'

/** Chooses from a short list to open. */
export async function choose(page, at, title) {
  await at.click()
  await page.locator(opened).getByTitle(title, { exact: true }).last().click()
}

/** Chooses from a list to open, by what is typed. */
async function pick(page, at, title) {
  await at.click()
  await at.fill(title)
  await page.locator(opened).getByTitle(title, { exact: true }).last().click()
}

/** Chooses what exists: the first, or what is found by a number or name. */
async function pickFound(page, at, value) {
  await at.click()
  if (value) await at.fill(value)
  await page.locator(opened).locator('.ant-select-item-option', { hasText: value }).first().click()
}

async function putChoices(page, field, at, values) {
  const titles = values.map((v) => titleOf(field, v))
  if (field.options.length <= 12) {
    for (const o of field.options) await at.getByLabel(o.title, { exact: true }).setChecked(titles.includes(o.title))
    return
  }
  for (const title of titles) await pick(page, at, title)
  await page.keyboard.press('Escape')
}

const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

/** A picture; no two are alike, as photographs are not. */
export const picture = (name) => ({ name: `${name}.png`, mimeType: 'image/png', buffer: Buffer.concat([pixel, Buffer.from(crypto.randomUUID())]) })

async function putFile(page, field, at) {
  const item = page.locator('.ant-form-item', { has: at })
  await item.locator(`input[type=file][data-field=${field.code}]`).setInputFiles(picture(field.code))
  await item.getByRole('button', { name: `移除 ${field.code}.png` }).waitFor()
}

async function putRows(page, field, path, rows, today) {
  const table = page.locator('fieldset.rows').filter({ has: page.locator('legend', { hasText: new RegExp(`^${field.title}$`) }) })
  for (const [i, row] of rows.entries()) {
    if ((await table.locator('.row-card').count()) <= i) await table.getByRole('button', { name: '添加一行' }).click()
    await fill(page, field.columns, row, { today, path: [...path, i] })
  }
}
