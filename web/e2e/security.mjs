import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inflateRawSync } from 'node:zlib'
import { DESK, looked, PHONE } from './looks.mjs'
import { FIRST, OWN, Person, PASSWORD, today } from './person.mjs'
import { binary, FACTOR_ROLE } from './server.mjs'

/** Stories of who may see and do what: signing in, accounts, administrators, logs, the auditor's desk. They need none of the others. */
export const security = [
  ['an account and its post are made by two, and the newcomer chooses his own password', newcomer],
  ['a forgotten password is set anew, and changed at once', forgotten],
  ['a second factor is enrolled, asked for, replaced by paper once, and taken away', secondFactor],
  ['a post that needs a second factor opens nothing until one is enrolled at sign-in', enrolFirst],
  ['a password that is too old is changed at sign-in', expired],
  ['a device left signed in is ended from another', devices],
  ['a token is shown once, opens no more than its scope, and is stopped', tokens],
  ['an administrator is made and shut by two, and the third reads every act', administrators],
  ['an area is added and renamed', areas],
  ['who saw what is read in words', accessLog],
  ['an auditor without an engagement sees nothing; with one, his desk', auditor],
  ['each pattern is asked for, a sample drawn, and a case seen as it was', desk],
  ['an evidence package is made of a case, opens in a browser and is proved by itself; a long one is cancelled', packages],
  ['cases are replayed in the background, and a replay is cancelled', replays],
  ['what is held about a person is reported to him, and deleted by two', privacy],
]

/** Tells the accounts of one run from those of another on the same server. */
const tag = Date.now().toString(36).slice(-5)
const CHOSEN = `Qing-he-${tag}-2026`

/** What an authenticator shows for a secret at a moment (RFC 6238). */
function totp(secret, at = Date.now()) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const sum = createHmac('sha1', key).update(counter).digest()
  const from = sum[19] & 15
  return String((sum.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

async function enter({ browser, base }, login, { phone = false, password = PASSWORD } = {}) {
  return (await Person.at(browser, base, { phone })).enter(login, password)
}

/** Chooses from a list in a filter or small form, whose label holds the choice too. */
async function choose(p, within, label, option) {
  const input = within.getByLabel(label)
  await input.click()
  if (await input.isEditable()) await input.fill(option) // a long list is searched
  await p.page.getByTitle(option, { exact: true }).last().click()
}

const alert = (p, text) => p.page.getByRole('alert').getByText(text).first().waitFor()

/** The system administrator makes an account; gives its password, which is shown once. */
async function makeAccount(sys, login, name) {
  await sys.go('/accounts')
  await sys.page.getByRole('button', { name: '新建账号' }).click()
  const form = sys.page.getByRole('region', { name: '新建账号' })
  await sys.fill('用户名（字母、数字）', login)
  await sys.fill('姓名', name)
  await choose(sys, form, /^所在区划/, '松塘村')
  await form.getByRole('button', { name: '建立账号' }).click()
  return form
}

/** Gives a post, or asks for that of an administrator. */
async function givePost(sec, login, name, role, region, button) {
  await sec.go(`/accounts?q=${login}`)
  await sec.page.getByRole('link', { name, exact: true }).click()
  await sec.page.getByRole('button', { name: '授予岗位' }).click()
  const form = sec.page.getByRole('region', { name: '授予岗位' })
  await choose(sec, form, /^岗位/, role)
  await choose(sec, form, /^区划/, region)
  await sec.fill('依据', '任命文件〔2026〕3号')
  await sec.shot(`80-grant-${button === '授予' ? 'post' : 'administrator'}`)
  await form.getByRole('button', { name: new RegExp(`^${[...button].join('\\s?')}$`) }).click()
}

async function newcomer(shared) {
  const login = `xin${tag}`
  const sys = await enter(shared, 'sysadmin')
  const taken = await makeAccount(sys, 'cadre', '新来甲')
  await taken.getByRole('alert').getByText('已有这个用户名').first().waitFor()
  await sys.shot('80-account-fault')
  const form = await makeAccount(sys, login, '新来甲')
  await form.getByText('只显示这一次').waitFor()
  const initial = await form.locator('strong.num').innerText()
  await sys.shot('80-account-made')
  await form.getByRole('button', { name: /^完\s?成$/ }).click()
  await sys.go(`/accounts?q=${login}`)
  await sys.page.getByText('没有有效的岗位，不能登录').waitFor()
  assert.equal(await sys.page.getByText(initial).count(), 0, 'the password is shown once')

  const p = await Person.at(shared.browser, shared.base, { phone: true })
  await p.knock(login, initial)
  await alert(p, '该账号目前没有有效的岗位，请联系安全管理员')
  await p.shot('80-phone-no-post', false)

  const sec = await enter(shared, 'secadmin')
  await givePost(sec, login, '新来甲', '村“两委”干部', '松塘村', '授予')
  await sec.page.locator('tr', { hasText: '村“两委”干部' }).getByText('有效', { exact: true }).waitFor()
  assert.equal(await sec.page.getByRole('heading', { name: '登录', exact: true }).count(), 0, 'whoever gives posts opens no accounts')
  await sec.shot('80-account-post')

  await p.knock(login, initial)
  await p.page.getByText(/由他人设置/).waitFor()
  await p.fitsTheScreen()
  const choosing = async (password, again = password) => {
    await p.fill('新口令', password)
    await p.fill('再输入一次', again)
    await p.page.getByRole('button', { name: '更换口令' }).click()
  }
  await choosing(CHOSEN, `${CHOSEN}!`)
  await p.page.getByText('两次输入的不同').waitFor()
  await choosing('Shouwang-2026')
  await p.page.getByText('口令不能含用户名、姓名或系统名称').waitFor()
  await p.shot('80-phone-password', false)
  await choosing(initial)
  await p.page.getByText('新口令不能与现在的或最近用过的相同').waitFor()
  await choosing(CHOSEN)
  await p.page.getByRole('heading', { name: '我的待办' }).waitFor()

  shared.newcomer = { login, password: CHOSEN }
  for (const one of [sys, sec, p]) await one.close()
}

/** The administrator sets another password, which opens only the choice of one's own. */
async function forgotten(shared) {
  const { login, password } = shared.newcomer
  const p = await enter(shared, login, { password, phone: true })
  const sys = await enter(shared, 'sysadmin')
  await sys.go(`/accounts?q=${login}`)
  await sys.page.getByRole('link', { name: '新来甲', exact: true }).click()
  await sys.page.getByRole('heading', { name: '登录', exact: true }).waitFor()
  await sys.page.getByText(/登录着 \d 台设备/).waitFor()
  await sys.page.getByRole('button', { name: '重置口令' }).click()
  await sys.page.getByRole('dialog').getByRole('button', { name: '确认重置口令' }).click()
  const temporary = await sys.page.getByLabel('临时口令').inputValue()
  await sys.shot('80-account-reset')
  await p.go('/')
  await p.page.getByLabel('用户名').waitFor() // the old session has ended
  await p.knock(login, temporary)
  await p.page.getByText(/由他人设置/).waitFor()
  await p.fill('新口令', `${CHOSEN}-b`)
  await p.fill('再输入一次', `${CHOSEN}-b`)
  await p.page.getByRole('button', { name: '更换口令' }).click()
  await p.page.getByRole('heading', { name: '我的待办' }).waitFor()
  shared.newcomer.password = `${CHOSEN}-b`
  for (const one of [sys, p]) await one.close()
}

async function secondFactor(shared) {
  const { login, password } = shared.newcomer
  const p = await enter(shared, login, { password })
  await p.go('/account')
  await p.page.getByRole('button', { name: '登记验证器' }).click()
  await p.fill('现在的口令', 'not-my-password')
  await p.page.getByRole('button', { name: '登记验证器' }).click()
  await alert(p, '口令不符')
  await p.fill('现在的口令', password)
  await p.page.getByRole('button', { name: '登记验证器' }).click()
  await p.page.getByRole('img', { name: '验证器的二维码' }).waitFor()
  const secret = (await p.page.locator('code.secret').innerText()).replaceAll(' ', '')
  await p.shot('81-enrol')
  await p.fill('验证器上的数字', '000000')
  await p.page.getByRole('button', { name: /^确\s?认$/ }).click()
  await alert(p, /验证码不符/)
  const used = totp(secret, Date.now() - 30_000)
  await p.fill('验证器上的数字', used)
  await p.page.getByRole('button', { name: /^确\s?认$/ }).click()
  await p.page.getByText('备用码只显示这一次').waitFor()
  const codes = await p.page.locator('.recovery code').allInnerTexts()
  const [kept] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('button', { name: '存为文本以便打印' }).click()])
  assert.equal(kept.suggestedFilename(), '守望备用码.txt')
  assert.equal(codes.length, 10)
  await p.shot('81-codes')
  await p.page.getByRole('button', { name: '已抄下，继续' }).click()
  await p.page.getByText(/还有 10 个备用码/).waitFor()
  assert.equal(await p.page.getByText(codes[0]).count(), 0, 'codes are shown once')
  await p.close()

  const phone = await Person.at(shared.browser, shared.base, { phone: true })
  const prove = async (code) => {
    await phone.page.getByLabel(/^验证器上的 6 位数字/).fill(code)
    await phone.page.getByRole('button', { name: /^登\s?录$/ }).click()
  }
  await phone.knock(login, password)
  await prove(used)
  await alert(phone, /已经用过/)
  await phone.fitsTheScreen()
  await phone.shot('81-phone-factor', false)
  await phone.page.getByRole('button', { name: '返回重新登录' }).click()
  await phone.knock(login, password)
  await prove(totp(secret))
  await phone.page.getByRole('heading', { name: '我的待办' }).waitFor()
  await phone.page.locator('.account summary').click()
  await phone.page.getByRole('button', { name: '退出登录' }).click()
  await phone.page.getByLabel('用户名').waitFor()
  await phone.knock(login, password)
  await prove(codes[0].toLowerCase())
  await phone.page.getByRole('heading', { name: '我的待办' }).waitFor()
  await phone.go('/account')
  await phone.page.getByText(/还有 9 个备用码/).waitFor()
  await phone.page.getByRole('button', { name: '换一组备用码' }).click()
  await phone.fill('验证器上的数字', totp(secret, Date.now() + 30_000))
  await phone.page.getByRole('button', { name: '换一组备用码' }).click()
  await phone.page.getByText('备用码只显示这一次').waitFor()
  const fresh = await phone.page.locator('.recovery code').allInnerTexts()
  assert.ok(fresh.length === 10 && !fresh.includes(codes[1]), 'ten others')
  await phone.page.getByText(/还有 10 个备用码/).waitFor()
  await phone.page.getByRole('button', { name: /^停\s?用$/ }).click()
  await phone.fill('验证器上的数字，或一个备用码', codes[1])
  await phone.page.getByRole('button', { name: '停用第二因素' }).click()
  await alert(phone, /不符/) // those of before are worth nothing
  await phone.fill('验证器上的数字，或一个备用码', fresh[0])
  await phone.page.getByRole('button', { name: '停用第二因素' }).click()
  await phone.page.getByRole('button', { name: '登记验证器' }).waitFor()
  await phone.fitsTheScreen()
  await phone.shot('81-phone-account')
  await phone.close()
}

/** Whether a request of the page is answered, as the session of its browser stands. */
const asks = (p, path) => p.page.evaluate(async (to) => (await fetch(`/api/v1${to}`, { headers: { 'X-Prepared': '1' } })).status, path)

async function enrolFirst(shared) {
  if (!shared.command) return // the account is made on the server itself, and the server must ask for the factor
  const login = `shi${tag}`
  shared.command(['account', login, '--name', '市级戊', '--role', FACTOR_ROLE, '--region', '9999'])
  const p = await Person.at(shared.browser, shared.base, { phone: true })
  await p.knock(login, FIRST)
  await p.page.getByText('您的岗位登录须用第二因素').waitFor()
  assert.equal(await asks(p, '/me'), 401, 'nothing is open yet')
  await p.fitsTheScreen()
  await p.shot('81-phone-enrol-first', false)
  await p.page.getByRole('button', { name: '登记验证器' }).click()
  const secret = (await p.page.locator('code.secret').innerText()).replaceAll(' ', '')
  await p.fill('验证器上的数字', totp(secret, Date.now() - 30_000))
  await p.page.getByRole('button', { name: /^确\s?认$/ }).click()
  await p.page.getByText('备用码只显示这一次').waitFor()
  const [code] = await p.page.locator('.recovery code').allInnerTexts()
  assert.equal(await asks(p, '/me'), 401, 'nor by the factor alone: the password is not his own yet')
  await p.shot('81-phone-enrol-codes', false)
  await p.page.getByRole('button', { name: '已抄下，继续' }).click()
  await p.fill('新口令', OWN)
  await p.fill('再输入一次', OWN)
  await p.page.getByRole('button', { name: '更换口令' }).click()
  await p.page.locator('.account').waitFor()
  assert.equal(await asks(p, '/me'), 200)
  await p.go('/account')
  await p.page.getByText('您的岗位必须使用').waitFor()
  assert.equal(await p.page.getByRole('button', { name: /^停\s?用$/ }).count(), 0, 'it is not his to take away')
  await p.close()

  const again = await Person.at(shared.browser, shared.base)
  await again.knock(login, OWN)
  await again.page.getByLabel(/^验证器上的 6 位数字/).fill(code)
  await again.page.getByRole('button', { name: /^登\s?录$/ }).click()
  await again.page.locator('.account').waitFor()
  await again.page.getByRole('region', { name: '各县办理情况' }).getByRole('link', { name: '云岫县' }).waitFor()
  for (const [phone, size] of [[false, DESK], [true, PHONE]]) {
    await again.page.setViewportSize(size)
    await again.go('/desk')
    await again.page.getByRole('link', { name: '云岫县' }).waitFor()
    await looked(shared, again, 'city-desk', 'the desk of the city', phone)
  }
  await again.close()
}

async function expired(shared) {
  if (!shared.sql) return // the day of the password is set back in the database itself
  const { login, password } = shared.newcomer
  const since = (days) => new Date(Date.now() - days * 86_400_000).toISOString().replace('T', ' ').replace('Z', '+00:00')
  const age = (days) => shared.sql(`UPDATE users SET password_set_at = '${since(days)}' WHERE login = '${login}'`)
  age(89)
  const p = await enter(shared, login, { password })
  await p.page.locator('.account summary').click()
  await p.page.getByRole('button', { name: '退出登录' }).click()
  await p.page.getByLabel('用户名').waitFor()
  age(91)
  await p.knock(login, password)
  await p.page.getByText('口令已到期').waitFor()
  assert.equal(await asks(p, '/me'), 401, 'nothing is open yet')
  await p.shot('81-expired', false)
  const change = async (to) => {
    await p.fill('新口令', to)
    await p.fill('再输入一次', to)
    await p.page.getByRole('button', { name: '更换口令' }).click()
  }
  await change(password)
  await p.page.getByText('新口令不能与现在的或最近用过的相同').waitFor()
  await change(`${CHOSEN}-c`)
  await p.page.getByRole('heading', { name: '我的待办' }).waitFor()
  await p.close()
  shared.newcomer.password = `${CHOSEN}-c`
  await (await enter(shared, login, { password: `${CHOSEN}-c` })).close()
}

async function devices(shared) {
  const { login, password } = shared.newcomer
  const left = await enter(shared, login, { password })
  const p = await enter(shared, login, { password, phone: true })
  await p.go('/account')
  const list = p.page.getByRole('region', { name: '登录着的设备' })
  await list.getByText('本机').waitFor()
  const before = await list.locator('tbody tr').count()
  assert.ok(before >= 2)
  assert.doesNotMatch(await list.innerText(), /Mozilla/)
  await p.shot('82-phone-devices')
  await list.getByRole('button', { name: /^退出 .*登录$/ }).first().click()
  await p.page.getByText('已退出').first().waitFor()
  if (before > 2) await list.getByRole('button', { name: '退出其他全部设备' }).click()
  await list.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
  await left.go('/households')
  await left.page.getByLabel('用户名').waitFor()
  assert.match(left.page.url(), /next=%2Fhouseholds/, 'and comes back to where he was')
  await left.close()
  await p.close()
}

async function tokens(shared) {
  const p = await enter(shared, 'township')
  await p.go('/account')
  await p.page.getByRole('button', { name: '生成接口令牌' }).click()
  const dialog = p.page.getByRole('dialog')
  await dialog.getByRole('button', { name: /^生\s?成$/ }).click()
  await dialog.getByText('请写明用在哪里').waitFor()
  await p.fill('用途', `县级数据平台 ${tag}`)
  await dialog.getByRole('checkbox').first().check()
  await dialog.getByLabel('有效天数').fill('30')
  await dialog.getByLabel('现在的口令').fill('not-my-password')
  await dialog.getByRole('button', { name: /^生\s?成$/ }).click()
  await dialog.getByRole('alert').getByText('口令不符').waitFor()
  await p.shot('83-token-fault', false)
  await dialog.getByLabel('现在的口令').fill(PASSWORD)
  await dialog.getByRole('button', { name: /^生\s?成$/ }).click()
  const token = await dialog.getByLabel('令牌').inputValue()
  await p.shot('83-token', false)
  await dialog.getByRole('button', { name: /^关\s?闭$/ }).click()
  const row = p.page.locator('tr', { hasText: `县级数据平台 ${tag}` })
  await row.getByText('从未使用').waitFor()
  const ask = async (path) => {
    const answer = await fetch(`${shared.base}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } })
    return [answer.status, (await answer.json()).code]
  }
  assert.deepEqual(await ask('/access-log'), [403, 'token_scope'])
  await row.getByRole('button', { name: /^停用/ }).click()
  await row.getByText('已停用').waitFor()
  assert.deepEqual(await ask('/access-log'), [401, 'token_invalid'])
  await p.shot('83-tokens')
  await p.close()
}

async function administrators(shared) {
  const login = `shen${tag}`
  const sys = await enter(shared, 'sysadmin')
  const form = await makeAccount(sys, login, '审计乙')
  await form.getByText('只显示这一次').waitFor()
  const sec = await enter(shared, 'secadmin')
  await givePost(sec, login, '审计乙', '审计管理员', '云岫县', '提出申请')
  await sec.page.getByText(/申请授予管理员岗位/).waitFor()
  await sec.go('/admin-requests')
  const asked = sec.page.locator('tr', { hasText: '审计乙' })
  await asked.waitFor()
  assert.equal(await asked.getByRole('button').count(), 0, 'nobody decides what he has asked for')
  await sec.shot('84-asked')

  await sys.go('/admin-requests')
  await sys.page.locator('tr', { hasText: '审计乙' }).getByRole('button', { name: /^批\s?准$/ }).click()
  await sys.page.getByRole('dialog').getByLabel('理由').fill('已核对任命文件')
  await sys.shot('84-decide', false)
  await sys.page.getByRole('button', { name: '确认批准' }).click()
  await sys.page.locator('tr', { hasText: '审计乙' }).getByText('已批准').waitFor()

  // The other way round: one asks that the account be shut, the other agrees.
  await sys.page.getByRole('link', { name: '审计乙' }).first().click()
  await sys.page.getByRole('button', { name: '改姓名、最后一天，停用或启用' }).click()
  const edit = sys.page.getByRole('region', { name: '改账号' })
  await choose(sys, edit, /^状态/, '停用')
  await edit.getByLabel('理由').fill('调离')
  await edit.getByRole('button', { name: /^保\s?存$/ }).click()
  await sys.page.getByText(/申请停用/).first().waitFor()
  await sys.shot('84-account-administrator')
  await sys.close()
  await sec.go('/admin-requests')
  const shut = sec.page.locator('tr', { hasText: '调离' })
  await shut.getByRole('button', { name: /^批\s?准$/ }).click()
  await sec.page.getByRole('dialog').getByLabel('理由').fill('情况属实')
  await sec.page.getByRole('button', { name: '确认批准' }).click()
  await shut.getByText('已批准').waitFor()
  await sec.close()

  for (const phone of [false, true]) {
    const log = await enter(shared, 'logadmin', { phone })
    await log.go('/admin-acts')
    const acts = log.page.locator('tbody tr', { hasText: '审计乙' })
    await acts.first().waitFor()
    const said = (await acts.allInnerTexts()).join('\n')
    for (const act of ['新建账号', '提出申请', '批准申请', '授予岗位', '停用账号', '卜建章', '毛守则']) assert.ok(said.includes(act), `${act} in ${said}`)
    await log.page.getByRole('button', { name: '核对记录链' }).click()
    await log.page.getByText(/\d+ 条记录完整，序号连续/).waitFor()
    await log.fitsTheScreen()
    await log.shot(`84-acts${phone ? '-phone' : ''}`)
    await log.go('/')
    await log.page.getByRole('heading', { name: '管理操作' }).waitFor()
    assert.equal(await log.page.getByRole('button', { name: '新建账号' }).count(), 0)
    await log.close()
  }
}

async function areas(shared) {
  const code = `9999011012${String(Date.now() % 80 + 20)}`
  const p = await enter(shared, 'sysadmin')
  await p.go('/regions')
  // By keyboard alone: the field to fill in first has the focus.
  const { keyboard } = p.page
  const add = async (as, name) => {
    await p.page.getByRole('button', { name: '添加区划' }).focus()
    await keyboard.press('Enter')
    await p.page.getByLabel('代码', { exact: true }).waitFor()
    await keyboard.type(as)
    await keyboard.press('Tab')
    await keyboard.type(name)
    await keyboard.press('Tab')
    await keyboard.press('Enter')
  }
  await add('9999019', '某村')
  await p.page.getByRole('alert').waitFor()
  await p.shot('85-area-fault')
  await p.page.getByRole('button', { name: /^返\s?回$/ }).click()
  await add(code, `清溪村${tag}`)
  await p.page.getByLabel('名称或代码').fill(`溪村${tag}`)
  await p.page.getByRole('button', { name: `清溪村${tag} 更名` }).click()
  await p.fill('名称', `清泉村${tag}`)
  await p.page.getByRole('button', { name: /^保\s?存$/ }).click()
  await p.page.getByText('没有符合条件的区划').waitFor()
  await p.page.getByLabel('名称或代码').fill(code)
  await p.page.getByRole('button', { name: `清泉村${tag} 更名` }).waitFor()
  await p.shot('85-areas')
  await p.close()
}

async function accessLog(shared) {
  const cadre = await enter(shared, 'cadre')
  await cadre.go('/households')
  await cadre.page.locator('.list tbody tr .main-link').first().click()
  await cadre.page.getByRole('button', { name: /^查看 .* 的完整信息$/ }).first().click()
  await cadre.page.getByLabel('身份证号').check()
  await cadre.fill('用途', `核对联系方式 ${tag}`)
  await cadre.page.getByRole('dialog').getByRole('button', { name: /^查\s?看$/ }).click()
  await cadre.page.getByText(/秒后隐藏/).waitFor()
  await cadre.shot('86-unmasked', false)
  await cadre.close()

  for (const phone of [false, true]) {
    const log = await enter(shared, 'logadmin', { phone })
    await log.go('/access-log')
    const row = log.page.locator('tbody tr', { hasText: `核对联系方式 ${tag}` })
    await row.waitFor()
    assert.match(await row.innerText(), /何春林[\s\S]*查看完整信息[\s\S]*成员信息：身份证号/)
    await log.page.locator('tbody tr', { hasText: '登录' }).first().waitFor()
    assert.doesNotMatch(await log.page.locator('tbody').innerText(), /sign_in|password|users|households/)
    await log.fitsTheScreen()
    await log.shot(`86-access-log${phone ? '-phone' : ''}`)
    await choose(log, log.page.locator('.filters'), /^动作/, '查看完整信息')
    await log.page.locator('tbody tr', { hasText: '账号 ' }).first().waitFor({ state: 'detached' })
    await row.getByRole('button', { name: '只看 何春林' }).click()
    await log.page.getByRole('button', { name: '现在只看 何春林，改看全部人员' }).click()
    await row.waitFor()
    await log.close()
  }
}

async function auditor(shared) {
  const login = `ping${tag}`
  if (!shared.command) return // the account is made on the server itself
  shared.command(['account', login, '--name', '评估丙', '--role', 'auditor', '--region', '999901'])
  const p = await (await Person.at(shared.browser, shared.base)).firstSignIn(login)
  await p.go('/audit')
  await p.page.getByRole('heading', { name: '审计台' }).waitFor()
  await p.page.getByText('没有审计任务').waitFor()
  assert.equal(await p.page.getByRole('tab', { name: '疑点筛查' }).count(), 0)
  await p.shot('87-no-engagement')
  for (const path of ['/cases', '/households']) {
    await p.go(path)
    await p.page.getByText(/^没有符合条件的/).waitFor()
  }
  assert.equal((await p.api('GET', '/cases?limit=5')).items.length, 0)

  const county = await enter(shared, 'county')
  await county.go('/audit')
  await county.page.getByRole('button', { name: '下达审计任务' }).click()
  const form = county.page.getByRole('region', { name: '下达审计任务' })
  await choose(county, form, /^审计人员/, '评估丙')
  await county.fill('任务名称', `公示程序专项审计 ${tag}`)
  await county.fill('依据', '审通〔2026〕9号')
  await county.date('自', today)
  await county.date('至（含当日）', '2020-01-01')
  await form.getByRole('button', { name: /^下\s?达$/ }).click()
  await form.getByRole('alert').waitFor()
  await county.shot('87-give-fault')
  await county.date('至（含当日）', new Date(Date.parse(today) + 20 * 86_400_000).toISOString().slice(0, 10))
  await form.getByRole('button', { name: /^下\s?达$/ }).click()
  const given = county.page.getByRole('region', { name: `公示程序专项审计 ${tag}` })
  await given.getByText('有效', { exact: true }).waitFor()
  await county.shot('87-given')

  await p.go('/cases')
  await p.page.locator('.list tbody tr .main-link').first().waitFor()
  await given.getByRole('button', { name: '收回任务' }).click()
  await county.page.getByRole('dialog').getByRole('button', { name: /^收\s?回$/ }).click()
  await given.getByText('已收回').waitFor()
  await county.close()
  await p.go('/cases')
  await p.page.getByText('没有符合条件的案件').waitFor()
  await p.close()
}

/** Two clues about different households in the same words, for the auditor to find; gives the id of one with a file. */
async function copyWords(shared) {
  const cadre = await enter(shared, 'cadre')
  const { items } = await cadre.api('GET', '/households?status=none&limit=50')
  const content = '户主因病住院，自付费用较大，家中劳动力不足，收入明显下降，请予核实。'
  const opened = []
  for (const h of items.filter((x) => x.open_cases === 0).slice(0, 2)) opened.push(await cadre.api('POST', '/cases', { procedure: 'risk_clue', household_id: h.id, form: { channel: 'routine_check', found_at: new Date().toISOString(), content } }))
  const { id } = opened[0].case
  await cadre.attach(id, 'screening_form')
  await cadre.close()
  return id
}

async function desk(shared) {
  const clue = await copyWords(shared)
  const p = await enter(shared, 'auditor')
  await p.go('/audit')
  await p.page.getByRole('heading', { name: '审计台' }).waitFor()
  await p.page.getByRole('button', { name: '随机样本' }).first().click()
  await p.page.getByLabel('抽取件数').fill('5')
  await p.page.getByRole('button', { name: '随机抽取' }).click()
  const sample = p.page.locator('[data-sample]').first()
  await sample.getByText(/种子 \d+/).waitFor()
  assert.equal(await sample.locator('tbody tr').count(), 5)
  await p.shot('88-sample')

  const { items: patterns } = await p.api('GET', '/audit/patterns')
  let shown = 0
  await p.page.getByRole('tab', { name: '疑点筛查' }).click()
  await p.page.getByText('请选择疑点类型').waitFor()
  for (const { title } of patterns) {
    await choose(p, p.page.locator('.filters'), /^疑点类型/, title)
    const found = p.page.getByRole('region', { name: title })
    await found.locator('[data-hit], .state-title').first().waitFor()
    await p.page.waitForLoadState('networkidle')
    if (await found.locator('[data-hit]').count()) await p.shot(`88-pattern-${++shown}`)
  }
  assert.ok(shown >= 1, 'the demonstration has something to look into')
  await p.go('/audit?pattern=text_copied')
  await p.page.locator('[data-hit]').first().getByText(/相同的文字还填写于其他/).waitFor()
  await p.page.locator('[data-hit] .main-link').first().click()
  await p.page.getByText(/本事项处于/).waitFor()

  // One masked answer in full, for a purpose.
  await p.page.getByRole('heading', { name: '当时已知的内容' }).waitFor()
  await p.shot('88-asof')
  await p.page.getByRole('button', { name: '查看完整内容' }).first().click()
  const whole = p.page.getByRole('dialog')
  await whole.getByLabel(/^用途/).fill(`与调查表核对 ${tag}`)
  await whole.getByRole('button', { name: /^查\s?看$/ }).click()
  await whole.getByRole('status').waitFor()
  await p.shot('88-unmask', false)
  await p.page.keyboard.press('Escape')
  await whole.waitFor({ state: 'detached' })

  // A file that his post does not show, for a purpose; that he has seen it stands with the case.
  await p.go(`/cases/${clue}?tab=files`)
  await p.page.getByRole('button', { name: '写明用途后打开' }).click()
  const opening = p.page.getByRole('dialog')
  await opening.getByLabel(/^用途/).fill(`核对排查表 ${tag}`)
  await opening.getByRole('button', { name: /^打\s?开$/ }).click()
  await opening.getByRole('status').waitFor()
  assert.ok(await opening.getByRole('img').first().evaluate((el) => el.decode().then(() => el.naturalWidth > 0)), 'the picture is shown, and nothing of it is kept')
  await p.shot('88-file-opened', false)
  await p.go(`/cases/${clue}?tab=asof`)
  await p.page.getByRole('heading', { name: '当时已知的内容' }).waitFor()
  await p.page.getByRole('button', { name: '现在', exact: true }).click()
  await p.page.locator('li', { hasText: `核对排查表 ${tag}` }).getByText(/附件：/).waitFor()

  // Step by step through the longest case, and two of its moments side by side.
  const kinds = await Promise.all(['risk_clue', 'identification', 'rectification'].map((kind) => p.api('GET', `/cases?procedure=${kind}&limit=100`)))
  const longest = kinds.flatMap((k) => k.items).reduce((a, b) => (b.seq > a.seq ? b : a))
  shared.longest = longest
  await p.go(`/cases/${longest.id}?tab=asof`)
  await p.page.getByText(/本事项处于/).waitFor()
  await p.page.getByRole('button', { name: '由此开始比较' }).click()
  await p.page.getByRole('button', { name: '上一步' }).click()
  const compared = p.page.getByRole('region', { name: '比较' })
  await compared.getByRole('heading', { name: '其间的办理' }).waitFor()
  await compared.locator('.time li').first().waitFor()
  await p.shot('88-compare')
  await p.page.getByRole('button', { name: '不再比较' }).click()
  await p.page.getByRole('heading', { name: '逐步经过' }).waitFor()
  await p.close()
}

/** The files of a zip archive, by its directory at the end. */
function unzip(zip) {
  const files = {}
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  let at = zip.readUInt32LE(end + 16)
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const [packed, named, extra, comment, from] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)]
    const body = from + 30 + zip.readUInt16LE(from + 26) + zip.readUInt16LE(from + 28)
    const bytes = zip.subarray(body, body + packed)
    files[zip.toString('utf8', at + 46, at + 46 + named)] = zip.readUInt16LE(at + 10) === 0 ? bytes : inflateRawSync(bytes)
    at += 46 + named + extra + comment
  }
  return files
}

/** Asks for a package in the dialog that a button opens. */
async function pack(p, button) {
  await button.click()
  const dialog = p.page.getByRole('dialog')
  await dialog.getByLabel(/^用途/).fill(`跟踪审计取证 ${tag}`)
  await dialog.getByRole('button', { name: /^制\s?作$/ }).click()
  return dialog
}

async function packages(shared) {
  const p = await enter(shared, 'auditor')
  const { longest } = shared
  await p.go(`/cases/${longest.id}?tab=asof`)
  await p.page.getByText(/本事项处于/).waitFor()
  const made = await pack(p, p.page.getByRole('button', { name: '制作审计包' }))
  const [file] = await Promise.all([p.page.waitForEvent('download'), made.getByRole('link', { name: '下载审计包' }).click()])
  const hash = (await made.locator('.hash').innerText()).split(' ').pop()
  await p.shot('88-package', false)
  await made.getByRole('button', { name: /^关\s?闭$/ }).click()
  const folder = mkdtempSync(join(tmpdir(), 'shouwang-package-'))
  const kept = join(folder, file.suggestedFilename())
  await file.saveAs(kept)

  const zip = readFileSync(kept)
  assert.equal(createHash('sha256').update(zip).digest('hex'), hash)
  const files = unzip(zip)
  for (const name of ['index.html', '说明.txt', '核对.py', 'SHA256SUMS', 'SHA256SUMS.sig', 'checkpoint.txt']) assert.ok(files[name], `${name} in ${Object.keys(files)}`)
  for (const line of files.SHA256SUMS.toString().trim().split('\n')) {
    const [sum, name] = line.split(/ [ *]/)
    assert.equal(createHash('sha256').update(files[name]).digest('hex'), sum, name)
  }
  const open = join(folder, 'open')
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(open, name)), { recursive: true })
    writeFileSync(join(open, name), bytes)
  }
  const page = await p.context.newPage()
  await page.goto(pathToFileURL(join(open, 'index.html')).href)
  await page.getByRole('link', { name: longest.no }).first().click()
  await page.getByText(longest.no).first().waitFor()
  assert.ok((await page.locator('body').innerText()).includes(longest.procedure_title), 'the case is told')
  await page.close()
  if (shared.command) { // a server elsewhere has its program elsewhere
    const verify = (path) => spawnSync(binary, ['verify', '--offline', path], { encoding: 'utf8' })
    const proved = verify(kept)
    assert.equal(proved.status, 0, proved.stderr)
    assert.match(proved.stdout, new RegExp(`1 个事项的 ${longest.seq} 条办理记录与封存时一致`))
    const acts = zip.indexOf(files.SHA256SUMS)
    const damaged = Buffer.from(zip)
    damaged[acts < 0 ? zip.length >> 1 : acts] ^= 1
    writeFileSync(kept, damaged)
    assert.notEqual(verify(kept).status, 0, 'a changed package is refused')
  }
  rmSync(folder, { recursive: true })

  await p.go('/audit')
  await p.page.getByRole('button', { name: '审计包和重放核对' }).first().click()
  const all = await pack(p, p.page.getByRole('button', { name: '制作审计包' }))
  await all.getByText(/正在制作，已写 \d+ \/ \d+ 个事项/).waitFor()
  await all.getByRole('progressbar', { name: '进度' }).waitFor()
  await p.shot('88-package-running', false)
  await all.getByRole('button', { name: '取消制作' }).click()
  await all.getByRole('alert').getByText('导出已取消').waitFor()
  await all.getByRole('button', { name: /^关\s?闭$/ }).click()
  await p.page.getByRole('region', { name: /^审计包 SB/ }).first().getByText('导出已取消').waitFor()
  await p.page.getByRole('region', { name: /^审计包 SB/ }).nth(1).getByRole('link', { name: '下载审计包' }).waitFor()
  await p.shot('88-packages')
  await p.close()
}

async function replays(shared) {
  const p = await enter(shared, 'auditor')
  await p.go('/audit')
  await p.page.getByRole('button', { name: '审计包和重放核对' }).first().click()
  const start = p.page.getByRole('button', { name: '重放核对', exact: true })
  await start.click()
  const [, no] = /已开始 (CF\S+?)，/.exec(await p.page.getByRole('status').filter({ hasText: '已开始' }).innerText())
  const first = p.page.getByRole('region', { name: `重放 ${no}` })
  await first.getByText('已完成').waitFor()
  const told = await first.getByRole('status').innerText()
  assert.match(told, /已核对 (\d+) \/ \1 个事项、\d+ 条记录，重放 \d+ 段工作流历史，每秒 [\d.]+ 个；没有发现不一致/)
  await p.shot('88-replayed')

  // One at a time is worked at: the last of several waits long enough to be cancelled.
  const id = await p.page.locator('[data-engagement]').first().getAttribute('data-engagement')
  for (let n = 0; n < 4; n++) await p.api('POST', `/engagements/${id}/replays`, {})
  await start.click()
  const last = p.page.locator('[data-replay]').first()
  await last.getByText('等待').waitFor()
  await last.getByRole('button', { name: '取消重放' }).click()
  await last.getByText('已取消').waitFor()
  await last.getByRole('button', { name: '取消重放' }).waitFor({ state: 'detached' })
  await p.shot('88-replay-cancelled')
  await p.close()
  const phone = await enter(shared, 'auditor', { phone: true })
  await phone.go('/audit')
  await phone.page.getByRole('button', { name: '审计包和重放核对' }).first().click()
  await phone.page.locator('[data-replay]').first().waitFor()
  await phone.fitsTheScreen()
  await phone.shot('88-phone-replays')
  await phone.close()
}

async function privacy(shared) {
  const county = await enter(shared, 'county')
  await county.go('/households')
  await county.page.locator('.list tbody tr .main-link').first().click()
  await county.page.getByRole('button', { name: /的个人信息报告$/ }).last().click()
  const report = county.page.getByRole('dialog')
  await report.getByRole('button', { name: '出具 PDF' }).click()
  await report.getByText('请写明因何出具').waitFor()
  await report.getByLabel('因何出具').fill('本人持证申请查阅')
  await county.shot('89-report', false)
  const [pdf] = await Promise.all([county.page.waitForEvent('download'), report.getByRole('button', { name: '出具 PDF' }).click()])
  assert.equal(pdf.suggestedFilename(), '个人信息报告.pdf')

  const asking = async () => {
    await county.page.getByRole('button', { name: '申请删除' }).click()
    const ask = county.page.getByRole('dialog')
    await ask.getByRole('radiogroup', { name: '成员' }).getByRole('radio').last().check()
    await ask.getByLabel('撤回授权').check()
    await ask.getByLabel(/^依据的申请/).fill(`监护人来信 ${tag}`)
    await ask.getByRole('button', { name: '提交申请' }).click()
    return ask
  }
  const refused = await asking()
  await refused.getByRole('alert').getByText(/在办事项/).waitFor()
  await county.shot('89-erase', false)
  await refused.getByRole('button', { name: /^返\s?回$/ }).click()

  let free
  for (let next = ''; !free && next !== undefined; ) {
    const page = await county.api('GET', `/households?limit=100${next && `&cursor=${encodeURIComponent(next)}`}`)
    free = page.items.filter((h) => h.open_cases === 0 && h.status === 'none').at(-1)
    next = page.next_cursor || undefined
  }
  assert.ok(free, 'there is a household without a case')
  await county.go(`/households/${free.id}`)
  await county.page.getByRole('button', { name: /的个人信息报告$/ }).last().waitFor()
  await asking()
  const entry = county.page.locator('li', { hasText: `监护人来信 ${tag}` })
  await entry.getByText('待审批').waitFor()
  assert.equal(await entry.getByRole('button', { name: /^审\s?批$/ }).count(), 0, 'a second person decides')
  await county.page.locator('.panel', { hasText: '查阅情况' }).getByRole('button', { name: /^查\s?看$/ }).click()
  await county.page.locator('tbody tr', { hasText: '成员信息' }).first().waitFor()
  await county.shot('89-household')
  const place = new URL(county.page.url()).pathname
  await county.close()
  if (!shared.command) return // the second person is made on the server itself
  const login = `xian${tag}`
  shared.command(['account', login, '--name', '复核丁', '--role', 'county_office', '--region', '999901'])
  const second = await (await Person.at(shared.browser, shared.base, { phone: true })).firstSignIn(login)
  await second.go(place)
  await second.page.locator('li', { hasText: `监护人来信 ${tag}` }).getByRole('button', { name: /^审\s?批$/ }).click()
  const decide = second.page.getByRole('dialog')
  await decide.getByLabel(/^批准/).check()
  await decide.getByLabel('意见').fill('材料齐全')
  await second.fitsTheScreen()
  await second.shot('89-phone-decide', false)
  await decide.getByRole('button', { name: /^确\s?定$/ }).click()
  await second.page.locator('li', { hasText: `监护人来信 ${tag}` }).getByText('已批准，待执行').waitFor()
  await second.close()
}
