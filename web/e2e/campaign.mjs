// The “回头看” of S000 over two households, walked by clicks of all who have a part in it, from the template to the archive.
// The server is that of the life of a household: a day takes three seconds, so that the days of the template pass.
import { Cast, told } from './cast.mjs'
import { choose, fill } from './fill.mjs'
import { onFast, walkServer } from './life.mjs'
import { DESK, looked, PHONE } from './looks.mjs'
import { fourNots } from './offices.mjs'

export const campaign = [
  ['the county draws up the “回头看” of its template, names the people, trains them and shares the households out', onFast(start)],
  ['surveyors go from door to door; what does not agree is rectified and struck off before the form is filled in', onFast(field)],
  ['instructor, joint review, township and clerks look at every form; the village form comes of them', onFast(review)],
  ['a sample is checked, the result announced, the report signed; when the forms are locked, the campaign is archived', onFast(finish)],
]

/** Posts of a campaign that the demonstration does not have. */
const people = [
  ['walk_instructor', '严指导', 'instructor'],
  ['walk_leader', '向组长', 'group_leader'],
  ['walk_guidance', '纪验收', 'guidance_group'],
  ['walk_head', '范镇长', 'township_head'],
]
const folk = ['county', 'township', 'township2', 'linked', 'surveyor', 'surveyor2', 'cadre', 'secretary', 'entry', 'entry2']

async function start(shared) {
  const server = await walkServer(shared)
  const cast = new Cast({ browser: shared.browser, base: server.base })
  for (let i = 0; i < folk.length; i += 4) await Promise.all(folk.slice(i, i + 4).map((login) => cast.as(login)))
  const [{ region_code: township }] = (await cast.read('township', '/me')).grants
  const [{ region_code: village }] = (await cast.read('cadre', '/me')).grants
  for (const [login, name, role] of people) {
    server.command(['account', login, '--name', name, '--role', role, '--region', township])
    await cast.as(login, true)
  }
  const houses = await Promise.all(['out_of_poverty', 'ordinary'].map((kind) => cast.free('cadre', (h) => h.base_type === kind && h.group !== '1组')))
  const id = await drawUp(cast, houses)
  const group = (duty, who) => ({ group: '第一组', area: village, duty, ...who })
  const groups = [group('guide', { name: '老党员' }), group('surveyor', { user: '彭晓燕' }), group('surveyor', { user: '谭志远' }), group('instructor', { user: '严指导' }), group('group_leader', { user: '向组长' })]
  await cast.act('county', id, 'issue', { groups, document_no: '云县办发〔2026〕34号' })
  await cast.act('county', id, 'train', { place: '县委党校', content: '填表说明、指标解释、口径把握、数据质量' })
  await cast.act('county', id, 'start_field', { trained: [{ user: '彭晓燕' }, { user: '谭志远' }] })
  Object.assign(shared, { walk: { cast, id, houses, village } })
  await shareOut(shared.walk)
}

/** 选择模板和开始日期, then what is different here: two households and one department. */
async function drawUp(cast, houses) {
  const { page } = await cast.as('county')
  await page.goto(`${cast.base}/open/campaign`)
  await choose(page, page.getByLabel('针对的村、乡镇或县'), '青禾镇')
  await choose(page, page.getByLabel('模板').first(), '“回头看”（3个阶段）')
  const first = page.getByLabel('开始日期').first()
  await first.fill(await cast.day())
  await first.press('Enter')
  await page.getByRole('button', { name: '按此填写，再作修改' }).click()
  const { opening } = await cast.read('county', '/procedures/campaign')
  const own = { title: '青禾镇“回头看”（两户）', scope: ['listed'], households: houses.map((h) => ({ household_id: h.household_no })), checked_departments: [{ name: '民政办' }] }
  await fill(page, opening.form, own, { rest: false })
  await page.getByRole('button', { name: '确认发起排查评估行动' }).click()
  await told(page, page.getByRole('heading', { name: '现在可以办理' }))
  await page.locator('.case-head').getByText('青禾镇“回头看”（两户）').waitFor()
  return new URL(page.url()).pathname.split('/').pop()
}

/** Both households go to the surveyor who has fewer of them, looked at first. */
async function shareOut(walk) {
  const { cast, id } = walk
  const scope = await cast.until('the forms to be handed out', async () => {
    const { items } = await cast.read('county', `/campaigns/${id}/coverage`)
    return items.length === 2 && items.every((x) => x.form_id) && items
  })
  const first = scope.filter((x) => x.surveyor?.name === '彭晓燕').length
  const [login, name] = first < 2 ? ['surveyor', '彭晓燕'] : ['surveyor2', '谭志远']
  const { page } = await cast.as('county')
  await page.goto(`${cast.base}/cases/${id}?tab=cockpit`)
  await page.getByText('批量分派尚无结果的农户').click()
  await choose(page, page.getByLabel('分给谁'), name)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^预\s?览$/ }).first().click()
  await page.getByText(/户换调查员；未完成户数/).waitFor()
  await page.getByRole('button', { name: '确认分派' }).click()
  await page.getByRole('button', { name: '确认分派' }).waitFor({ state: 'detached' })
  walk.surveyor = login
  walk.forms = Object.fromEntries(scope.map((x) => [x.household.id, x.form_id]))
  await cast.until('the forms to be handed over', async () => (await cast.read('county', `/campaigns/${id}/coverage`)).items.every((x) => x.surveyor?.name === name))
}

async function field({ walk }) {
  const { cast, id, houses, surveyor, forms } = walk
  const [poor, ordinary] = houses
  const township = await cast.as('township')
  await fourNots(township, id, 2)
  // The books of the first do not agree with what is there.
  await cast.act(surveyor, forms[poor.id], 'visit', { three_unified: false, four_agree: true })
  const { facts } = await cast.read(surveyor, `/cases/${forms[poor.id]}`)
  const period = Object.fromEntries(facts.filter((f) => f.code.startsWith('proposed_period_')).map((f) => [f.code.slice('proposed_'.length), f.value]))
  await cast.act(surveyor, forms[poor.id], 'mismatch', { mismatches: [{ indicator: 'housing', mismatch: 'reality', brief: '系统登记住房等级与实际不一致', detail: '系统为C级，实际已改造入住' }] })
  await cast.act(surveyor, forms[ordinary.id], 'visit', { three_unified: true, four_agree: true })
  await filled(cast, surveyor, forms[ordinary.id], screening(ordinary))
  await strikeOff(walk, poor)
  await cast.reaches(surveyor, forms[poor.id], 'visiting')
  await filled(cast, surveyor, forms[poor.id], survey(poor, period))
  await cast.reaches('county', id, 'review')
}

/** A form is filled in, checked by who filled it in, and handed in the same day. */
async function filled(cast, login, form, answers) {
  await cast.act(login, form, 'fill', answers)
  await cast.act(login, form, 'self_check')
  await cast.act(login, form, 'hand_in')
}

const head = (h) => ({ respondent_kind: 'self', household_type: h.base_type, population: h.population })

/** 入户调查表（脱贫户） with its income sheet, whose period is counted from the day of the visit. */
const survey = (h, period) => ({
  ...head(h), ...period, water_litres: 35, water_report: 'none', per_head_claimed: 1_260_000,
  income: [{ item: '4-02', quantity: 10, income: 1_000_000 * h.population, expense: 0 }, { item: '1-11', quantity: 800, income: 300_000 * h.population, expense: 40_000 * h.population }],
})

/** 防止返贫监测帮扶排查表 of a household that is well. */
export const screening = (h) => ({ ...head(h), channel: 'screening', groups: ['none'], year: new Date().getFullYear(), wage: 1_000_000 * h.population, per_head_estimate: 1_000_000, line: 800_000, difficult: false, result: 'no_risk' })

/** The problem of a household from the ledger to its 销号: township, village cadre, linked leader. */
async function strikeOff({ cast, id: whole }, house) {
  const { id } = await cast.openCase('township', house.id, 'rectification')
  await cast.act('township', id, 'register', { problem_type: 'work', nature: 'housing', source_class: 'self', persons: '户主及村信息员', facts: '住房改造后系统未更新', concealed: false })
  await cast.act('township', id, 'assign', { class: 'immediate', measure: '更新住房等级，核对一户一档', responsible: '何春林', verifier: '龙海峰', due_kind: 'date', due_date: await withinCutOff(cast, whole) })
  await cast.act('cadre', id, 'start')
  await cast.act('cadre', id, 'submit', { result: '系统住房等级已更正，与实际一致' })
  await cast.act('linked', id, 'take')
  await cast.act('linked', id, 'verify_pass', { satisfaction: 'satisfied' })
}

/** Ten days from now, which must not be after the cut-off of the campaign while that lies ahead: a near one is waited out. */
async function withinCutOff(cast, id) {
  const { facts } = await cast.read('county', `/cases/${id}`)
  const [, cut] = facts.find((f) => f.code === 'cutoffs').text.match(/全部整改销号\D*([\d-]{10})/)
  if ((await cast.day(10)) > cut) await cast.until('the cut-off to be over', async () => (await cast.day()) > cut)
  return cast.day(10)
}

async function review(shared) {
  const { walk } = shared
  const { cast, id, houses, surveyor, forms, village } = walk
  const each = Object.entries(forms)
  for (const [, form] of each) await cast.act('walk_instructor', form, 'instructor_pass')
  for (const [, form] of each) {
    await cast.sign(surveyor, form, 'joint_pass')
    await cast.sign('cadre', form, 'joint_pass')
    await cast.act('walk_leader', form, 'joint_pass', { form_code: `HB-${houses.find((h) => forms[h.id] === form).household_no}` })
    await cast.act('walk_leader', form, 'to_office')
    await cast.act('township2', form, 'office_pass')
    await cast.sign('entry2', form, 'enter')
    await cast.act('entry', form, 'enter')
  }
  await cast.act('county', id, 'to_rect')
  await villageForm(cast, village)
  await cockpit(shared)
}

/** The cockpit, which the demonstration has nothing for, is looked at as every page is. */
async function cockpit(shared) {
  const { cast, id } = shared.walk
  const county = await cast.as('county')
  const before = county.page.viewportSize()
  for (const [phone, size] of [[false, DESK], [true, PHONE]]) {
    await county.page.setViewportSize(size)
    await county.go(`/cases/${id}?tab=cockpit`)
    await county.page.getByText('2 户中 2 户已有结果').waitFor()
    await looked(shared, county, 'county-cases-campaign-tab-cockpit', `the cockpit, tab=cockpit, ${size.width} wide`, phone)
  }
  await county.page.setViewportSize(before)
}

/** 村表: its sums come of the forms; village, group, head of the township and county look at it one after the other. */
async function villageForm(cast, village) {
  const { id } = await cast.until('the village form', async () => (await cast.read('secretary', `/cases?procedure=village_form&village=${village}`)).items.find((c) => c.state === 'drafting'))
  await cast.act('secretary', id, 'village_check', { clinics: 1, doctors: 1, hardened_road: true, bus: true, delisted: true, entry_clerk: '段永福' })
  await cast.act('walk_leader', id, 'group_check')
  await cast.act('walk_head', id, 'sign')
  await cast.act('township2', id, 'send')
  await cast.sign('county', id, 'enter')
  await cast.act('secretary', id, 'enter', { comparison_answer: '比对无差异' })
}

async function finish({ walk }) {
  const { cast, id } = walk
  await cast.act('walk_guidance', id, 'to_spot', { sample: '松塘村一户', sample_size: 1 })
  const guidance = await cast.as('walk_guidance')
  await guidance.go(`/cases/${id}?tab=cockpit`)
  await guidance.page.getByRole('heading', { name: /第1轮抽查样本/ }).waitFor()
  await guidance.page.getByRole('button', { name: /^合\s?格$/ }).click()
  await guidance.page.getByRole('cell', { name: '合格', exact: true }).waitFor()
  await cast.act('walk_guidance', id, 'spot_pass')
  await announce(cast, id)
  await received(cast, id)
  await cast.sign('linked', id, 'report')
  await cast.act('county', id, 'report')
  await cast.until('the forms to be locked', async () => (await cast.read('county', `/cases/${id}/events/allowed`)).items.some((e) => e.event === 'archive' && e.allowed))
  await cast.act('county', id, 'archive', { archive_no: '云县振档2026-1' })
  const { page } = await cast.as('county')
  await page.goto(`${cast.base}/cases/${id}`)
  await page.locator('.case-title').getByText('归档').waitFor()
  await page.getByText('2 户中 2 户已有结果').waitFor()
  await (await cast.as('county')).shot('111-archived')
  await cast.close()
}

/** The bulletin of the campaign is issued as a paper. */
async function announce(cast, id) {
  const { page } = await cast.as('county')
  await page.goto(`${cast.base}/cases/${id}?tab=papers`)
  await page.locator('[data-offer=bulletin]').getByRole('button').click()
  const dialog = page.getByRole('dialog')
  for (const box of await dialog.getByLabel(/（必填）$/).all()) await box.fill((await box.getAttribute('type')) === 'date' ? await cast.day() : '各户排查完成，问题边查边改。')
  await dialog.getByRole('button', { name: /^签\s?发$/ }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.locator('[data-paper]', { hasText: '通报' }).first().waitFor()
}

/** What the village owed by its day has come in. */
async function received(cast, id) {
  const { page } = await cast.as('county')
  await page.goto(`${cast.base}/cases/${id}?tab=cockpit`)
  await page.getByText('登记各村报送').click()
  await choose(page, page.getByLabel('已报送的村'), '松塘村')
  await page.keyboard.press('Escape')
  await page.getByLabel('收到的材料和内容').fill('新增监测对象名单：本村无')
  await page.getByRole('button', { name: /^登\s?记$/ }).click()
  await page.getByText('登记各村报送').waitFor({ state: 'detached' })
}
