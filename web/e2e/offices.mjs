import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { answer as fillIn } from './forms.mjs'
import { Person, today } from './person.mjs'

/** Stories of the offices: signing days, papers of a campaign, lists taken out. They need none of the others. */
export const offices = [
  ['a village’s papers are printed with a sheet to sign, then the signatures are recorded together', signingDay],
  ['a campaign issues its papers, and reprints them the same', campaignPapers],
  ['the forms of a campaign about villages and departments are filled in from its cockpit, and its phase ends with them', campaignForms],
  ['what is exported is the list on the screen', exports],
  ['figures lead to the lists that they count', figures],
]

const days = (n) => new Date(Date.parse(today) + n * 86_400_000).toISOString().slice(0, 10)

async function signingDay({ browser, base }) {
  const cadre = await (await Person.at(browser, base)).signIn('cadre')
  const ready = []
  const { items } = await cadre.api('GET', '/cases?procedure=identification&state=authorization_pending&limit=100')
  assert.ok(items.length >= 2, `the demonstration has ${items.length} identifications that wait for the authorization`)
  for (const c of items.slice(0, 2)) {
    const members = await cadre.api('GET', `/households/${c.household.id}/members`)
    const allowed = await cadre.api('GET', `/cases/${c.id}/events/allowed`)
    const form = allowed.items.find((e) => e.event === 'sign_authorization').form
    await cadre.fire(c.id, 'sign_authorization', {
      sign_mode: 'hand',
      persons: members.items.map((m) => ({ person_id: m.id })),
      items: form.find((f) => f.code === 'items').options.map((o) => o.code),
      valid_until: days(300),
      authorization: [await cadre.attach(c.id, 'authorization')],
    })
    await cadre.api('POST', '/papers', { kind: 'authorization', case_id: c.id, purpose: 'print' })
    ready.push(c)
  }
  await cadre.page.getByRole('link', { name: '集中签字', exact: true }).click()
  const group = cadre.page.locator('section[data-sign=submit_verification]')
  await group.locator('tr[data-case]').first().waitFor()
  await cadre.noSeriousFaults('集中签字')
  for (const c of ready) await group.locator(`tr[data-case="${c.id}"]`).getByRole('checkbox').check()
  await cadre.shot('70-signing')
  assert.ok(await group.getByRole('button', { name: '登记会签 0 件' }).isDisabled(), 'a cadre signs no verification of surveyors')
  await group.getByRole('button', { name: '合订打印 2 份（附签收单）' }).click()
  const dialog = cadre.page.getByRole('dialog')
  await dialog.getByLabel('集中签字地点（可不填）').fill('村委会')
  await dialog.getByLabel('集中签字日（可不填）').fill(today)
  const [pdf] = await Promise.all([cadre.page.waitForEvent('download'), dialog.getByRole('button', { name: '下载 PDF' }).click()])
  assert.equal(readFileSync(await pdf.path()).subarray(0, 5).toString(), '%PDF-')
  await cadre.close()

  const surveyor = await (await Person.at(browser, base, { phone: true })).signIn('surveyor')
  await surveyor.go('/signing?procedure=identification')
  const mine = surveyor.page.locator('section[data-sign=submit_verification]')
  for (const c of ready) await mine.locator(`tr[data-case="${c.id}"]`).getByRole('checkbox').check()
  await surveyor.fitsTheScreen()
  await mine.getByRole('button', { name: '登记会签 2 件' }).click()
  await surveyor.page.getByRole('button', { name: '确认会签' }).click()
  await surveyor.page.getByText('成功 2 件，未成功 0 件。').waitFor()
  await surveyor.shot('71-signed')
  await surveyor.page.getByRole('button', { name: '知道了' }).click()
  for (const c of ready) {
    const allowed = await surveyor.api('GET', `/cases/${c.id}/events/allowed`)
    const signers = (event) => allowed.items.find((e) => e.event === event).signers.flatMap((s) => s.signed)
    assert.equal(signers('submit_verification').length, 1)
    assert.equal(signers('verify_no_risk').length, 0, 'the other act is not signed with it')
  }
  await surveyor.close()
}

const people = [
  ['e2e_instructor', '指导甲', 'instructor'],
  ['e2e_head', '组长甲', 'group_leader'],
  ['e2e_guidance', '验收甲', 'guidance_group'],
]

/** Makes the people of campaigns once, on the server itself. */
export async function staffed(shared, office) {
  if (shared.staffed) return
  shared.staffed = true
  const township = (await office.api('GET', '/me')).grants[0].region_code
  for (const [login, name, role] of people) shared.command(['account', login, '--name', name, '--role', role, '--region', township])
}

async function campaignPapers(shared) {
  if (!shared.command) return // the accounts are made on the server itself
  const office = await (await Person.at(shared.browser, shared.base)).signIn('township')
  await staffed(shared, office)
  const surveyor = await (await Person.at(shared.browser, shared.base)).signIn('surveyor')
  const me = await surveyor.api('GET', '/me')
  const village = me.grants[0].region_code
  await surveyor.close()
  const id = await throughCampaign(shared, office, me.user.id, village)

  await office.go(`/cases/${id}?tab=papers`)
  const panel = office.page.getByRole('tabpanel', { name: '文书' })
  const written = { 工作日报: {}, 自查评估报告: { '工作成效（必填）': '入户全覆盖。', '发现的主要问题（必填）': '两户联系不上。', '立行立改情况（必填）': '已改。', '下步工作打算（必填）': '继续走访。' } }
  for (const [title, texts] of Object.entries(written)) {
    await panel.getByRole('button', { name: title, exact: true }).click()
    const dialog = office.page.getByRole('dialog', { name: title })
    for (const [label, text] of Object.entries(texts)) await dialog.getByLabel(label).fill(text)
    if (title === '自查评估报告') await office.shot('72-report')
    await dialog.getByRole('button', { name: /^签\s?发$/ }).click()
    await dialog.waitFor({ state: 'detached' })
    await panel.locator('[data-paper]', { hasText: title }).waitFor()
  }
  await bulletin(office, id)
  await office.go(`/cases/${id}?tab=papers`)
  const links = panel.locator('[data-paper] a')
  await links.first().waitFor()
  const addresses = await links.evaluateAll((all) => all.map((a) => a.getAttribute('href')))
  assert.equal(addresses.length, 4, 'two papers, each as PDF and Word')
  for (const address of addresses) assert.equal(await digest(office, address), await digest(office, address), 'the same bytes again')
  await office.shot('73-campaign-papers')
  await office.close()
}

/** A bulletin of a programme: frozen as those of campaigns are, the same bytes each time. */
async function bulletin(office) {
  const township = (await office.api('GET', '/me')).grants[0].region_code
  const programme = await office.api('POST', '/programmes', { title: '行动发现问题整改方案', region_code: township, source_paper: '', plan: '立行立改。', cut_off: days(30), phases: [], events: [] })
  await office.api('POST', `/programmes/${programme.id}/bulletins`)
  await office.go(`/programmes/${programme.id}`)
  const panel = office.page.getByRole('region', { name: '文书' })
  await panel.getByRole('button', { name: '通报', exact: true }).click()
  const dialog = office.page.getByRole('dialog', { name: '通报' })
  await dialog.getByLabel('总体情况（必填）').fill('整改平稳。')
  await dialog.getByRole('button', { name: /^签\s?发$/ }).click()
  const link = panel.locator('[data-paper] a').first()
  await link.waitFor()
  const address = await link.getAttribute('href')
  assert.equal(await digest(office, address), await digest(office, address))
}

async function digest(p, address) {
  const answer = await p.context.request.get(p.base + address)
  assert.equal(answer.status(), 200)
  return createHash('sha256').update(await answer.body()).digest('hex')
}

/** The check of the “四个不摘”: of a village and of a department, without which the phase does not end. */
async function campaignForms(shared) {
  if (!shared.command) return // its people are those of the story before
  const office = await (await Person.at(shared.browser, shared.base)).signIn('township')
  const surveyor = await (await Person.at(shared.browser, shared.base)).signIn('surveyor')
  const me = await surveyor.api('GET', '/me')
  await surveyor.close()
  const { id, items } = await inField(office, me.user.id, me.grants[0].region_code, { checked_departments: [{ name: '民政办' }] }, ['four_nots_done'])
  await fourNots(office, id, 2)
  await office.noSeriousFaults('行动的表册')
  await office.shot('76-campaign-forms')
  const moved = await office.fire(id, 'to_review', { exceptions: items.map((h) => ({ household_id: h.id, cause: 'unreachable', note: '多次上门无人' })) })
  assert.ok(moved)
  await office.close()
}

/** Fills in the checks of the “四个不摘” that a campaign waits for, from its cockpit. */
export async function fourNots(office, id, wanted) {
  const cockpit = async () => {
    await office.go(`/cases/${id}?tab=cockpit`)
    return office.page.getByRole('region', { name: '各村、各部门的表册' })
  }
  for (let left = wanted; left > 0; left--) {
    const panel = await cockpit()
    await panel.getByText(`应交 ${wanted} 份，还有 ${left} 份未交`).waitFor()
    await office.page.getByText(/转入下一环节还缺.*四个不摘/).waitFor()
    await panel.getByRole('link', { name: /^填写“四个不摘”核查表/ }).first().click()
    await office.page.locator('h1', { hasText: '“四个不摘”核查表' }).waitFor()
    await office.page.locator('.fields').first().waitFor()
    await office.page.evaluate(() => [...document.querySelectorAll('.fields .ant-radio-group label')].filter((l) => l.innerText.trim() === '是').forEach((l) => l.click()))
    await fillIn(office.page)
    await office.page.locator('.form-foot button[type=submit]').click()
    await office.page.locator('h1', { hasText: '“四个不摘”核查表' }).waitFor()
    await office.page.locator('.acts button', { hasText: '填完定稿' }).click()
    await office.page.locator('.case-title').getByText('定稿').waitFor()
  }
  await (await cockpit()).getByText(`${wanted} 份均已交齐`).waitFor()
}

/** Brings a campaign over two households to its report: nobody was met, and the office says so. */
async function throughCampaign({ browser, base }, office, surveyor, village) {
  const { id, items } = await inField(office, surveyor, village)
  await office.fire(id, 'to_review', { exceptions: items.map((h) => ({ household_id: h.id, cause: 'unreachable', note: '多次上门无人' })) })
  await office.fire(id, 'to_rect', {})
  const guidance = await (await Person.at(browser, base)).firstSignIn('e2e_guidance')
  await guidance.fire(id, 'to_spot', { sample: '全部', sample_size: 1 })
  await guidance.fire(id, 'spot_pass', { opinion: '予以通过。', report: [await guidance.attach(id, 'report')] })
  await guidance.close()
  return id
}

/** Brings a campaign over two households to the field; its phases there wait for gates. */
export async function inField(office, surveyor, village, more = {}, gates = []) {
  const { items } = await office.api('GET', `/households?village=${village}&limit=2`)
  const stages = ['training', 'fieldwork', 'review', 'rectification', 'spot_check', 'reporting'].map((stage, i) => ({ stage, from: days(i), until: days(i + 7), gates: stage === 'fieldwork' ? gates : [] }))
  const opened = await office.api('POST', '/cases', {
    procedure: 'campaign',
    region_code: village.slice(0, 9),
    form: {
      title: '两户复核行动', kind: 'screening', scope: ['listed'], households: items.map((h) => ({ household_id: h.id })), stages, forms: ['household_form'],
      cutoffs: [{ item: 'rectification', on: days(10) }, { item: 'report', on: days(12) }],
      ...more,
    },
  })
  const id = opened.case.id
  const choices = (await office.api('GET', `/cases/${id}/events/allowed`)).items.find((e) => e.event === 'issue').form.find((f) => f.code === 'groups').columns.find((c) => c.code === 'user').options
  const user = (name) => choices.find((o) => o.title.includes(name)).code
  const groups = [
    { group: '一组', area: village, duty: 'guide', name: '老党员' },
    { group: '一组', area: village, duty: 'surveyor', user: surveyor },
    { group: '一组', area: village, duty: 'instructor', user: user('指导甲') },
    { group: '一组', area: village, duty: 'group_leader', user: user('组长甲') },
  ]
  await office.fire(id, 'issue', { groups, document_no: '青府发〔2026〕9号', plan: [await office.attach(id, 'plan')] })
  await office.fire(id, 'train', { held_on: today, place: '镇政府', content: '填表说明', sign_in: [await office.attach(id, 'sign_in')] })
  await office.fire(id, 'start_field', { trained: [{ user: surveyor }] })
  // The forms are handed out in the background.
  const until = Date.now() + 60_000
  for (let assigned = false; !assigned; ) {
    assert.ok(Date.now() < until, 'the forms were not handed out')
    const forms = await office.api('GET', `/campaigns/${id}/coverage`)
    assigned = forms.items.length === 2 && forms.items.every((x) => x.form_id)
    if (!assigned) await office.page.waitForTimeout(500)
  }
  return { id, items }
}

async function exports({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('cadre')
  const name = (await p.api('GET', '/households?limit=1')).items[0].head_name
  for (const address of ['/households', '/cases?procedure=risk_clue&open=true', '/cases?open=false', '/?due=overdue', '/?mine=true', '/forms?state=draft', '/messages']) {
    await p.go(address)
    if (address === '/households') {
      const found = p.page.waitForResponse((r) => r.url().endsWith('/households/query') && r.request().postData()?.includes(name))
      await p.page.getByLabel('户主姓名').fill(name)
      await found
    }
    await p.page.getByRole('navigation', { name: '翻页' }).or(p.page.locator('.state-title')).first().waitFor()
    const pager = p.page.getByRole('navigation', { name: '翻页' })
    if ((await pager.count()) && (await pager.getByRole('button', { name: '下一页' }).isEnabled())) continue // more than a page: the server’s tests compare all
    const rows = (await pager.count()) ? Number(/本页 (\d+) 条/.exec(await pager.innerText())[1]) : 0
    await p.page.getByRole('button', { name: /^导\s?出$/ }).first().click()
    const dialog = p.page.getByRole('dialog', { name: '导出列表' })
    await dialog.getByLabel('用途（不少于 4 个字）').fill('季度核查')
    await dialog.getByRole('button', { name: /^导\s?出$/ }).click()
    await dialog.getByText(`已生成 ${rows} 行`, { exact: false }).waitFor()
    const [file] = await Promise.all([p.page.waitForEvent('download'), dialog.getByText('下载工作簿').click()])
    assert.equal(readFileSync(await file.path()).subarray(0, 2).toString(), 'PK', address)
  }
  await p.shot('74-export')
  await p.close()
}

async function figures({ browser, base }) {
  const p = await (await Person.at(browser, base)).signIn('township')
  await p.page.getByRole('link', { name: '统计', exact: true }).click()
  const table = p.page.locator('section.panel', { has: p.page.getByRole('heading', { name: '各环节在办' }) })
  const row = table.locator('tbody tr', { hasText: '风险线索' }).first()
  await row.waitFor()
  await p.shot('75-figures')
  const link = row.getByRole('link').first()
  const n = Number(await link.innerText())
  await link.click()
  const pager = p.page.getByRole('navigation', { name: '翻页' })
  await pager.waitFor()
  assert.match(await pager.innerText(), new RegExp(`本页 ${Math.min(n, 20)} 条`))
  await p.close()
}
