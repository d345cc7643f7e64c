import assert from 'node:assert/strict'
import { Person, today } from './person.mjs'

/** Every form on a desk and on a phone. */
export const forms = [
  ['every form is filled in on a desk and on a phone: faults, sums and checks in Chinese', everyForm],
  ['a form shows a question only where it applies, and takes photos and scans', filesOfForm],
]

const year = today.slice(0, 4)
const chinese = /[\u4e00-\u9fff]/

async function everyForm(shared) {
  const done = await Promise.all([walk(shared, false), walk(shared, true)])
  for (const count of done) {
    assert.ok(count.forms >= 25, `${count.forms} forms`)
    assert.ok(count.wrong >= 12, `${count.wrong} wrong numbers were refused on the spot`)
    assert.ok(count.values >= 20, `${count.values} computed values were shown`)
    assert.ok(count.faults >= 25, `${count.faults} things to mend were told`)
  }
}

/** One person fills in each form, saves it and tries to finish it. Of a form there is one for a subject and year. */
async function walk({ browser, base }, phone) {
  const p = await (await Person.at(browser, base, { phone })).signIn('cadre')
  p.page.setDefaultTimeout(45_000) // two browsers at once, on a busy machine
  const get = async (path) => (await p.page.request.get(`${base}/api/v1${path}`)).json()
  const list = (await get('/forms')).items
  const household = (await get('/households?limit=20')).items.at(phone ? -1 : -2)
  const region = household.region_code
  const count = { forms: 0, wrong: 0, values: 0, faults: 0 }
  for (const form of list) {
    await move(p.page, form.subject === 'household' ? `/households/${household.id}/forms/${form.code}` : `/forms/new/${form.code}?region=%22${region}%22`)
    await p.page.locator('h1', { hasText: form.title }).waitFor()
    await p.page.locator('.fields').first().waitFor()
    await p.fill('年度或月份', phone ? String(year - 1) : year)
    count.wrong += await wrongNumber(p.page)
    await p.page.evaluate(() => {
      for (const table of document.querySelectorAll('fieldset.rows:not(:has(.row-card))')) table.querySelector('button:last-of-type').click()
    })
    await answer(p.page)
    await p.fitsTheScreen()
    await p.page.locator('.form-foot button[type=submit]').click()
    await p.page.locator('.case-title', { hasText: form.title }).waitFor()
    const record = await get(`/form-records/${new URL(p.page.url()).pathname.split('/').pop()}`)
    count.values += await told(p.page, record.values.filter((v) => v.known).map((v) => v.text))
    await told(p.page, record.findings.map((f) => f.message))
    await p.page.locator('.acts button', { hasText: '填完定稿' }).click()
    const end = p.page.getByRole('alert').getByText(/还有 \d+ 处需要补正/).or(p.page.locator('.case-title').getByText('定稿'))
    await end.first().waitFor()
    for (const fault of await p.page.locator('[role=alert] li').allInnerTexts()) {
      assert.match(fault, chinese, `${form.code}: ${fault}`)
      count.faults++
    }
    await p.fitsTheScreen()
    if (['annex5', 'f1', 'rectification_ledger'].includes(form.code)) await p.shot(`80-${phone ? 'phone' : 'desk'}-${form.code}`)
    count.forms++
  }
  await p.close()
  return count
}

/** Goes to a page without loading the application anew. */
async function move(page, path) {
  await page.evaluate((to) => history.pushState({}, '', to), path)
}

/** Texts of the record are shown, in Chinese. */
async function told(page, texts) {
  const shown = await page.locator('main').innerText()
  for (const text of texts) {
    assert.match(text, chinese)
    assert.ok(shown.replace(/\s/g, '').includes(text.replace(/\s/g, '')), `${text} is not shown`)
  }
  return texts.length
}

/** A number that cannot be is refused at its field, in Chinese. */
async function wrongNumber(page) {
  const input = page.locator('.fields .ant-input-number input').first()
  if ((await input.count()) === 0) return 0
  await input.fill('-5')
  await input.blur()
  const fault = page.locator('.ant-form-item-explain-error').first()
  await fault.waitFor()
  const least = /^不能小于 (\d+)$/.exec(await fault.innerText())
  assert.ok(least, await fault.innerText())
  await input.fill(least[1] >= 1900 ? year : String(Math.max(4, Number(least[1]))))
  await input.blur()
  await fault.waitFor({ state: 'detached' })
  return 1
}

/** Answers what is still blank, in one go: no to each yes or no, the first of the choices, words and numbers. */
export async function answer(page) {
  await page.evaluate((thisYear) => {
    const special = { year: thisYear, longitude: '104.5', latitude: '30.5' }
    for (const group of document.querySelectorAll('.fields .ant-radio-group')) {
      const labels = [...group.querySelectorAll('label')]
      if (!group.querySelector('input:checked')) (labels.find((l) => l.innerText.trim() === '否') ?? labels[0]).click()
    }
    for (const group of document.querySelectorAll('.fields .ant-checkbox-group')) if (!group.querySelector('input:checked')) group.querySelector('input').click()
    for (const input of document.querySelectorAll('.fields input, .fields textarea')) {
      if (input.value !== '' || input.type === 'radio' || input.type === 'checkbox' || input.type === 'file' || input.type === 'search' || input.type === 'datetime-local') continue
      if (input.closest('.ant-picker') || input.closest('.ant-select')) continue
      const number = input.closest('.ant-input-number') || input.inputMode === 'decimal' || input.inputMode === 'numeric'
      const text = input.type === 'date' ? `${thisYear}-01-15` : number ? (special[input.id.split('_').pop()] ?? '1') : '已逐项核对，情况属实'
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value').set.call(input, text)
      input.dispatchEvent(new Event('input', { bubbles: true }))
    }
  }, year)
}

async function filesOfForm({ browser, base }) {
  const p = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
  const household = (await (await p.page.request.get(`${base}/api/v1/households?limit=20`)).json()).items[0]
  await p.go(`/households/${household.id}/forms/authorization`)
  await p.page.getByRole('radiogroup', { name: '签署方式' }).waitFor()
  assert.equal(await p.page.getByLabel('代签人', { exact: true }).count(), 0, 'who signs himself names nobody')
  await p.pick('签署方式', '代签')
  await p.fill('代签人', '韦明月')
  await p.page.getByRole('button', { name: '保存草稿' }).click()
  const files = p.page.getByRole('region', { name: '附件' })
  await files.getByText('还没有附件').waitFor()
  await files.locator('input[type=file]').setInputFiles({ name: '签字页.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') })
  const link = files.getByRole('link', { name: '签字页.png' })
  await link.waitFor()
  assert.equal((await p.page.request.get(new URL(await link.getAttribute('href'), base).href)).headers()['content-type'], 'image/png')
  await files.locator('input[type=file]').setInputFiles({ name: '签字页.png', mimeType: 'image/png', buffer: Buffer.from('not a picture') })
  await files.getByRole('alert').getByText(/只能上传/).waitFor()
  await p.page.getByText(/上传附件/).first().waitFor()
  await p.noSeriousFaults('a form with its files')
  await p.fitsTheScreen()
  await p.shot('81-phone-form-files')
  await p.close()
}
