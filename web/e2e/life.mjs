// The life of a household, walked by clicks of all who have a part in it: found at risk, identified, helped, visited, eliminated,
// looked back on and rolled back. The server is one of its own, on which a day takes three seconds.
import assert from 'node:assert/strict'
import { Cast } from './cast.mjs'
import { picture } from './fill.mjs'
import { Person } from './person.mjs'
import { startServer } from './server.mjs'

export const life = [
  ['a server is started whose case clock runs fast, and everybody signs in', onFast(begin)],
  ['a clue becomes an identification: grid member, village cadres, departments, surveyors', onFast(identify)],
  ['the village meeting, the notice that everybody may read, township, leader and county: the household is monitored', onFast(admit)],
  ['a person is paired with it, a plan is made, a department delivers, the household is visited', onFast(help)],
  ['its risk is eliminated: nominated, looked at, agreed, posted, decided', onFast(eliminate)],
  ['a look-back finds it unstable, and the county rolls it back; its page tells its life', onFast(rollBack)],
]

const DRILL = '1d=3s'
const risk = 'unstable_employment'
const departments = ['civil_affairs', 'public_security', 'market', 'land']
const folk = ['grid', 'cadre', 'cadre2', 'secretary', 'surveyor', 'surveyor2', 'resident', 'township', 'township2', 'linked', 'county', 'entry', 'entry2', ...departments.map((d) => `dept_${d}`)]

/** The server of the long walks, shared by them: starting it takes a while. */
export async function walkServer(shared) {
  shared.fast ??= await startServer({ drill: DRILL })
  return shared.fast
}

/** A story on that server; with a server from elsewhere there is none. */
export function onFast(story) {
  return (shared) => (shared.command ? story(shared) : undefined)
}

async function begin(shared) {
  const server = await walkServer(shared)
  shared.life = new Cast({ browser: shared.browser, base: server.base })
  for (let i = 0; i < folk.length; i += 4) await Promise.all(folk.slice(i, i + 4).map((login) => shared.life.as(login)))
  // The grid member looks after the first group.
  shared.house = await shared.life.free('cadre', (h) => h.group === '1组' && h.base_type === 'ordinary' && h.population > 2)
}

async function identify(shared) {
  const { life: cast, house: h } = shared
  const clue = await cast.open('grid', h.id, 'risk_clue', { channel: 'routine_check', content: '主要劳动力两个月没有务工收入，家中有学生。' })
  await cast.act('grid', clue, 'register_locally')
  await cast.sign('cadre2', clue, 'confirm_risk')
  await cast.act('cadre', clue, 'confirm_risk', { risk_types: [risk], income_estimate: 2_100_000, fast_lane: false })
  const id = (await cast.openCase('cadre', h.id, 'identification')).id
  shared.identification = id
  await cast.act('cadre', id, 'prepare')
  await cast.act('cadre', id, 'sign_authorization', { persons: [{}], items: await allItems(cast, id), valid_until: await cast.day(300) })
  const { items } = await cast.read('township', `/households/${h.id}/cases?open=true&problems=false`)
  const asked = items.filter((c) => c.procedure === 'dept_comparison')
  assert.deepEqual(asked.map((c) => c.dept).sort(), [...departments].sort())
  await Promise.all(asked.map((c) => compare(cast, c)))
  await cast.sign('surveyor2', id, 'submit_verification')
  await cast.act('surveyor', id, 'submit_verification', verification(h))
}

async function allItems(cast, id) {
  const { items } = await cast.read('cadre', `/cases/${id}/events/allowed`)
  return items.find((e) => e.event === 'sign_authorization').form.find((f) => f.code === 'items').options.map((o) => o.code)
}

/** A department takes the question on, unless its days are over before, and answers that it knows nothing against the household. */
async function compare(cast, c) {
  await cast.act(`dept_${c.dept}`, c.id, 'accept').catch(async (err) => {
    if ((await cast.read('township', `/cases/${c.id}`)).summary.state !== 'overdue') throw err
  })
  await cast.act(`dept_${c.dept}`, c.id, 'answer_clean')
}

const wage = (h, each) => ({ item: '务工工资', category: 'wage', income: each * h.population, expense: 0 })

const verification = (h) => ({
  mode: 'home', category: 'marginal', risk_types: [risk], population: h.population, own_medical: 0, per_head_claimed: 600_000, longitude: 104.5, latitude: 30.5,
  income: [wage(h, 500_000), { item: '种植玉米', category: 'production', income: 200_000 * h.population, expense: 100_000 * h.population }],
})

const votes = { eligible: 30, present: 24, agree: 20, against: 2, abstain: 2 }

async function admit(shared) {
  const { life: cast, house: h, identification: id } = shared
  await cast.act('secretary', id, 'review_pass', votes)
  await notice(shared, true)
  await cast.reaches('township', id, 'township_review')
  await cast.sign('linked', id, 'township_pass')
  await cast.act('township2', id, 'township_pass', { sampled: true })
  await cast.act('county', id, 'county_pass', { category: 'unstable', risk_types: [risk] })
  await cast.act('township2', id, 'announce')
  await cast.sign('entry2', id, 'register')
  await cast.act('entry', id, 'register')
  await cast.until('the household to be monitored', async () => (await cast.read('county', `/households/${h.id}`)).status === 'monitored')
}

/** A sheet is drafted, checked and posted; a villager reads it; on its last day a photo ends it. */
async function notice(shared, read = false) {
  const { life: cast, house: h } = shared
  const { id } = await cast.openCase('cadre', h.id, 'village_notice')
  await cast.act('cadre', id, 'submit_draft', { village: h.region_name, group: h.group, head_name: h.head_name, population: h.population })
  await cast.act('cadre', id, 'post', { channel: 'board' })
  if (read) {
    const villager = await Person.at(shared.browser, shared.fast.base, { phone: true })
    await villager.go(`/public/villages/${h.region_code}`)
    await villager.page.getByText(h.head_name).first().waitFor()
    await villager.close()
  }
  const window = await cast.until('the notice to hang', async () => (await cast.read('cadre', `/cases/${id}/clocks`)).items.find((c) => c.code === 'window' && c.state === 'running'))
  const due = Date.parse(window.due_at)
  await cast.until('the last day of the notice', async () => (await cast.now()) >= due - 86_400_000)
  const p = await cast.as('cadre')
  await p.go(`/cases/${id}?tab=files`)
  await p.page.getByRole('button', { name: '补传附件' }).waitFor()
  await p.page.locator('input[type=file][data-field=attachment]').setInputFiles(picture('期满照片'))
  await p.page.getByText('期满照片.png').first().waitFor()
  await cast.until('the notice to end', async () => (await cast.read('cadre', `/cases/${id}`)).summary.final)
}

async function help({ life: cast, house: h }) {
  const { id } = await cast.openCase('secretary', h.id, 'assistance_plan')
  await cast.sign('township', id, 'assign_responsible')
  await cast.act('secretary', id, 'assign_responsible', { responsible_account: '夏明涛' })
  await cast.reaches('resident', id, 'drafting')
  const measure = { risk, kind: 'employment', content: '推荐到县内企业务工，发放交通补助', dept: 'civil_affairs', amount: 200_000, due: await cast.day(60) }
  await cast.act('resident', id, 'declare_plan', { goals: '务工收入稳定高于基准线', measures: [measure] })
  await cast.act('township2', id, 'plan_approve')
  await cast.act('resident', id, 'start')
  const wanted = await cast.openCase('township', h.id, 'measure')
  await cast.act('resident', wanted.id, 'apply', { request: '申请务工交通补助' })
  await cast.act('dept_civil_affairs', wanted.id, 'accept')
  await cast.act('dept_civil_affairs', wanted.id, 'begin')
  await cast.act('dept_civil_affairs', wanted.id, 'deliver', { delivered_amount: 200_000 })
  await cast.act('township', wanted.id, 'verify')
  await cast.reaches('cadre', id, 'delivered')
  await cast.sign('resident', id, 'evaluate')
  await cast.act('cadre', id, 'evaluate', { risks: [{ risk, result: 'resolved', detail: '已签订劳动合同' }], evaluation: '已稳定务工，收入明显增加' })
  const visit = await cast.openCase('resident', h.id, 'visit_task', (c) => cast.may('resident', c.id, 'record_home'))
  await cast.act('resident', visit.id, 'record_home', { topic: '了解务工和收入', finding: '已稳定务工，孩子在校。', new_risk: false, longitude: 104.5, latitude: 30.5 })
}

async function eliminate(shared) {
  const { life: cast, house: h } = shared
  const risks = [{ risk, outcome: 'resolved', basis: '已稳定务工' }]
  const id = await cast.open('secretary', h.id, 'risk_elimination', { method: 'assisted', per_head: 900_000, above_since: await cast.day(-300), risks, measures_delivered: true, house_repaired: true })
  await cast.reaches('secretary', id, 'home_verification')
  await cast.sign('surveyor2', id, 'submit_verification')
  await cast.sign('township', id, 'submit_verification')
  const measures = [{ measure: '务工交通补助', state: 'delivered', effect: '每月有固定收入' }]
  await cast.act('surveyor', id, 'submit_verification', { population: h.population, income: [wage(h, 900_000)], per_head_claimed: 900_000, own_medical: 30_000, risks, measures, evaluation: 'reached' })
  await cast.act('cadre', id, 'confirm')
  await cast.act('secretary', id, 'review_pass', votes)
  await notice(shared)
  await cast.reaches('township', id, 'township_review')
  await cast.sign('linked', id, 'township_pass')
  await cast.act('township2', id, 'township_pass', { sampled: true })
  await cast.act('county', id, 'county_pass')
  await cast.sign('entry', id, 'mark')
  await cast.act('township2', id, 'mark', { unit: '青禾镇人民政府', method: 'assisted', wage: 900_000 * h.population, household_net: 900_000 * h.population, per_head: 900_000 })
  await cast.until('the household to be observed', async () => (await cast.read('county', `/households/${h.id}`)).status === 'observing')
}

async function rollBack(shared) {
  const { life: cast, house: h } = shared
  const after = async (c) => ['open', 'overdue'].includes(c.state) && (await cast.read('cadre', `/cases/${c.id}`)).parent?.procedure === 'risk_elimination'
  const lookback = await cast.openCase('cadre', h.id, 'lookback_window', after)
  await cast.sign('township', lookback.id, 'report_unstable')
  await cast.act('cadre', lookback.id, 'report_unstable', { per_head: 700_000, measures_ok: true, risks_ok: false, evidence: '用工企业停产，近两个月没有工资。' })
  const { id } = await cast.openCase('cadre', h.id, 'rollback')
  await cast.sign('cadre2', id, 'verify')
  await cast.act('cadre', id, 'verify', { failed: ['income', 'risk'] })
  await cast.act('secretary', id, 'send')
  await cast.act('township2', id, 'township_pass')
  await cast.act('county', id, 'county_pass')
  await cast.until('the household to be monitored again', async () => (await cast.read('county', `/households/${h.id}`)).status === 'monitored')
  const p = await cast.as('county')
  await p.go(`/households/${h.id}`)
  const told = p.page.locator('#life')
  for (const mark of ['纳入', '消除', '回退']) await told.getByText(new RegExp(mark)).first().waitFor()
  await p.noSeriousFaults('the page of a household that was rolled back')
  await p.shot('110-life')
  await cast.close()
}
