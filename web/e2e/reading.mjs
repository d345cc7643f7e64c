// Finding people by what their record says, and reading papers and files on the page.
import assert from 'node:assert/strict'
import { Person } from './person.mjs'

/** They need none of the others. */
export const reading = [
  ['people are found by age and by what is recorded of them; an office states a purpose for what is masked', people],
  ['a PDF among the evidence is read on the page, at the desk and on a phone', evidence],
  ['a household shows who answers for it, and the papers of all its cases', household],
]

const rows = (p) => p.page.locator('.list tbody tr')

/** The years of everybody in the list. */
const ages = async (p) => (await p.page.locator('.list td[data-label="年龄"]').allInnerTexts()).map((t) => Number(/\d+/.exec(t)?.[0]))

async function people({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('cadre')
  await p.go('/persons')
  await rows(p).first().waitFor()
  await p.fill('满多少周岁起', '60')
  await p.fill('到多少周岁止', '70')
  await p.page.getByText(/符合的 \d+ 人。/).waitFor()
  await p.page.waitForURL(/age_from=60.*age_to=70|age_to=70.*age_from=60/)
  await p.page.waitForFunction(() => [...document.querySelectorAll('.list td[data-label="年龄"]')].every((td) => /^(6\d|70) 岁$/.test(td.innerText)))
  assert.ok((await ages(p)).length > 0, 'somebody is that old')
  await p.page.getByLabel('登记的情况（同时符合）').click()
  await p.page.getByTitle('弱劳动力或半劳动力', { exact: true }).click()
  await p.page.keyboard.press('Escape')
  await p.page.waitForURL(/marks=/)
  await p.page.getByText(/符合的 \d+ 人。/).waitFor()
  await p.noSeriousFaults('人员：年龄和情况')
  await p.shot('b0-people-found')
  const tools = p.page.getByRole('group', { name: '常用查询和显示' })
  await tools.getByRole('button', { name: '存为常用查询' }).click()
  const saving = p.page.getByRole('dialog', { name: '存为常用查询' })
  await saving.getByLabel(/^名称/).fill('六十岁弱劳力')
  await saving.getByRole('button', { name: /^保\s?存$/ }).click()
  await saving.waitFor({ state: 'hidden' })
  await p.page.getByRole('button', { name: '清除条件' }).click()
  await p.page.waitForURL(/\/persons$/)
  assert.equal(await p.page.getByLabel('满多少周岁起').inputValue(), '')
  await tools.getByRole('button', { name: '六十岁弱劳力' }).click()
  await p.page.getByText(/符合的 \d+ 人。/).waitFor()
  assert.deepEqual([await p.page.getByLabel('满多少周岁起').inputValue(), await p.page.getByLabel('到多少周岁止').inputValue()], ['60', '70'])
  await tools.getByRole('button', { name: '六十岁弱劳力', pressed: true }).waitFor()
  await p.fill('满多少周岁起', '71')
  await p.page.getByText('年龄的上限不能小于下限').waitFor()
  await p.close()

  const office = await (await Person.at(browser, base)).signIn('township')
  await office.go('/persons?marks=disabled')
  const purpose = office.page.getByLabel(/^用途/)
  await purpose.fill('核对残疾人两项补贴')
  assert.equal(await rows(office).count(), 0, 'nobody is shown before it is said what for')
  await office.noSeriousFaults('人员：写明用途')
  await office.shot('b1-people-purpose')
  await office.page.getByRole('button', { name: /^查\s?找$/ }).click()
  await rows(office).first().waitFor()
  await office.page.getByText(/符合的 \d+ 人。/).waitFor()
  assert.ok(!office.page.url().includes('%E6%A0%B8'), 'why stands not in the address')
  const home = await office.page.locator('.list tbody tr .main-link').first().getAttribute('href')
  await office.shot('b1-people-marked')
  await office.close()

  const county = await (await Person.at(browser, base)).signIn('county')
  const seen = await county.api('GET', `${home}/seen`)
  assert.ok(seen.items.some((x) => x.what.includes('残疾') && x.purpose === '核对残疾人两项补贴'), JSON.stringify(seen.items.slice(0, 3)))
  await county.close()

  const phone = await (await Person.at(browser, base, { phone: true })).signIn('township')
  await phone.go('/persons?age_from=80')
  await phone.page.getByText(/符合的 \d+ 人。/).waitFor()
  await phone.fitsTheScreen('/persons')
  await phone.shot('b2-people-phone')
  await phone.close()
}

/** Attaches a file to a case; gives its number. */
async function attachFile(p, id, name, type, bytes) {
  const { status, text } = await p.page.evaluate(
    async ([of, called, kind, raw]) => {
      const data = new FormData()
      data.set('kind', 'screening_form')
      data.set('file', new Blob([Uint8Array.from(atob(raw), (c) => c.charCodeAt(0))], { type: kind }), called)
      const answer = await fetch(`/api/v1/cases/${of}/attachments`, { method: 'POST', headers: { 'X-Prepared': '1', 'X-Requested-With': 'shouwang', 'Idempotency-Key': crypto.randomUUID() }, body: data })
      return { status: answer.status, text: await answer.text() }
    },
    [id, name, type, Buffer.from(bytes).toString('base64')],
  )
  assert.ok(status < 300, `attach ${name}: ${status} ${text}`)
  return JSON.parse(text).id
}

/** A PDF of two sheets, as a browser prints it. */
async function twoSheets(browser) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.setContent('<h1>入户排查登记表</h1><p>第一页</p><p style="break-before: page">第二页：住房、饮水情况属实</p>')
  const raw = await page.pdf({ format: 'A4' })
  await context.close()
  return raw
}

/** Waits until something dark stands on a page that was drawn. */
const drawn = (p, no) =>
  p.page.waitForFunction((n) => {
    const canvas = document.querySelector(`canvas[data-page="${n}"]`)
    if (!canvas?.width) return false
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0 && data[i] < 100) return true
    return false
  }, no)

async function evidence({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('cadre')
  const { items } = await p.api('GET', '/households?status=none&limit=60')
  const h = items.filter((x) => x.open_cases === 0).at(-1)
  const { case: { id } } = await p.api('POST', '/cases', { procedure: 'risk_clue', household_id: h.id, form: { channel: 'routine_check', found_at: new Date().toISOString(), content: '走访时发现房屋漏雨' } })
  await attachFile(p, id, '登记表.pdf', 'application/pdf', await twoSheets(browser))
  await attachFile(p, id, '坏的.pdf', 'application/pdf', '%PDF-1.7 nothing else')
  await p.go(`/cases/${id}`)
  await p.page.getByRole('tab', { name: /^附件/ }).click()
  await p.page.getByRole('button', { name: '预览 登记表.pdf' }).click()
  const dialog = p.page.getByRole('dialog', { name: '登记表.pdf' })
  await dialog.getByText('共 2 页').waitFor()
  await drawn(p, 1)
  await p.noSeriousFaults('PDF 预览')
  await p.shot('b3-pdf', false)
  await dialog.getByRole('button', { name: /^放\s?大$/ }).click()
  const region = dialog.getByRole('region', { name: '登记表.pdf 的内容' })
  await region.focus()
  for (let i = 0; i < 12; i++) await p.page.keyboard.press('PageDown')
  await drawn(p, 2)
  await dialog.getByText('第二页：住房、饮水情况属实').waitFor({ state: 'attached' })
  const [file] = await Promise.all([p.page.waitForEvent('download'), dialog.getByRole('button', { name: /^下\s?载$/ }).click()])
  assert.equal(file.suggestedFilename(), '登记表.pdf')
  await p.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await p.page.getByRole('button', { name: '预览 坏的.pdf' }).click()
  await p.page.getByText('这份 PDF 不能在此预览，请下载后查看。').waitFor()
  await p.close()

  const phone = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
  await phone.page.setViewportSize({ width: 360, height: 740 })
  await phone.go(`/cases/${id}`)
  await phone.page.getByRole('tab', { name: /^附件/ }).click()
  await phone.page.getByRole('button', { name: '预览 登记表.pdf' }).click()
  await drawn(phone, 1)
  await phone.fitsTheScreen('PDF 预览')
  await phone.shot('b4-pdf-phone', false)
  await phone.close()
}

/** Issues a paper of some case that one can be issued about; gives the paper and the household. */
async function issued(p) {
  const { items } = await p.api('GET', '/cases?procedure=identification&limit=60')
  for (const c of items) {
    const { items: offers } = await p.api('GET', `/papers/offers?case_id=${c.id}`)
    const offer = offers.find((o) => o.can_issue && o.fields.every((f) => !f.required))
    if (offer) return { paper: await p.api('POST', '/papers', { kind: offer.kind, case_id: c.id, purpose: 'print' }), home: c.household.id }
  }
  return assert.fail('no paper can be issued')
}

async function household({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('cadre')
  const { paper, home } = await issued(p)
  await p.go(`/households/${home}#papers`)
  const panel = p.page.getByRole('region', { name: '文书' })
  await panel.locator(`[data-paper="${paper.number}"]`).waitFor()
  await panel.getByRole('button', { name: `预览 ${paper.number}` }).click()
  const dialog = p.page.getByRole('dialog', { name: new RegExp(paper.title) })
  await drawn(p, 1)
  await p.noSeriousFaults('文书预览')
  await p.shot('b5-paper', false)
  await dialog.getByRole('button', { name: /^关\s?闭$/ }).click()
  await dialog.waitFor({ state: 'detached' })
  const answering = p.page.getByRole('region', { name: '责任人' })
  await answering.locator('tr[data-role=linked_leader]').waitFor()
  assert.match(await answering.innerText(), /联村领导[\s\S]*\d{4}-\d\d-\d\d/)
  await answering.scrollIntoViewIfNeeded()
  await p.noSeriousFaults('农户页：责任人和文书')
  await p.shot('b6-responsible', false)
  await p.close()

  const phone = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
  await phone.page.setViewportSize({ width: 360, height: 740 })
  await phone.go(`/households/${home}#responsible`)
  await phone.page.locator('tr[data-role=linked_leader]').waitFor()
  await phone.fitsTheScreen('农户页')
  await phone.page.locator('#responsible').scrollIntoViewIfNeeded()
  await phone.shot('b7-responsible-phone', false)
  await phone.page.locator('#papers').scrollIntoViewIfNeeded()
  await phone.shot('b8-papers-phone', false)
  await phone.close()
}
