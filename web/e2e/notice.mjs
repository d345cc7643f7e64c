// Notices to people: by which ways, what goes out, and what is seen of it.
import assert from 'node:assert/strict'
import { Person } from './person.mjs'
import { mailText } from './receivers.mjs'

/** Waits until something is there that comes from outside of the page. */
async function until(what, found) {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((go) => setTimeout(go, 200))) {
    const it = found()
    if (it) return it
  }
  throw new Error(`${what} did not come`)
}

async function look(one, name) {
  await one.fitsTheScreen()
  await one.noSeriousFaults(name)
  await one.shot(name)
}

const outcome = (page, text) => page.getByRole('status').filter({ hasText: text }).first().waitFor({ timeout: 20_000 })

/** The robot of a group that does not answer: told, and its registration taken back. */
async function failing(sys, receivers) {
  await sys.page.getByRole('button', { name: '登记群机器人' }).click()
  await sys.fill('群的名称', '旧工作群')
  await sys.page.getByLabel('单位所在地').click()
  await sys.page.locator('.ant-select-item-option').filter({ hasText: '村' }).first().click()
  await sys.fill('Webhook 地址', `${receivers.origin}/cgi-bin/webhook/send?key=geheim-0002`)
  await sys.page.getByRole('button', { name: /^登\s?记$/ }).click()
  const row = sys.page.locator('[data-robot]').filter({ hasText: '旧工作群' })
  receivers.fail(true)
  await row.getByRole('button', { name: '试发 旧工作群' }).click()
  await row.getByRole('status').filter({ hasText: /没有送到|等待送出/ }).waitFor({ timeout: 20_000 })
  receivers.fail(false)
  await row.getByRole('button', { name: '取消登记 旧工作群' }).click()
  await sys.page.getByRole('dialog').getByRole('button', { name: /^取消登记$/ }).click()
  await row.waitFor({ state: 'detached' })
}

export const notice = [
  [
    'a system administrator enters the robot of a village, tries it, and sees when one fails',
    async ({ base, browser, receivers }) => {
      const sys = await Person.at(browser, base)
      await sys.enter('sysadmin')
      await sys.page.getByRole('link', { name: '消息渠道' }).click()
      await sys.page.getByText('还没有群机器人').waitFor()
      await sys.page.getByText('本机，不加密').waitFor()
      await sys.page.getByRole('button', { name: '登记群机器人' }).click()
      await sys.fill('群的名称', '石桥村工作群')
      await sys.page.getByLabel('单位所在地').click()
      await sys.page.locator('.ant-select-item-option').filter({ hasText: '村' }).first().click()
      await sys.fill('Webhook 地址', 'http://169.254.169.254/robot')
      await sys.page.getByRole('button', { name: /^登\s?记$/ }).click()
      await sys.page.getByRole('alert').getByText('这不是企业微信群机器人').first().waitFor()
      await sys.fill('Webhook 地址', `${receivers.origin}/cgi-bin/webhook/send?key=geheim-0001`)
      await sys.page.getByRole('button', { name: /^登\s?记$/ }).click()
      const row = sys.page.locator('[data-robot]')
      await row.getByText('石桥村工作群').waitFor()
      assert.ok(!(await sys.page.content()).includes('geheim-0001'))
      await row.getByRole('button', { name: '试发 石桥村工作群' }).click()
      await outcome(sys.page, '已送到')
      const got = await until('the trial', () => receivers.robots.at(-1))
      assert.match(got.body.text.content, /【守望】试发/)
      await row.getByRole('button', { name: '停用 石桥村工作群' }).click()
      await row.getByText('已停用').waitFor()
      assert.ok(await row.getByRole('button', { name: '试发 石桥村工作群' }).isDisabled(), 'nothing goes there meanwhile')
      await row.getByRole('button', { name: '启用 石桥村工作群' }).click()
      await row.getByText('已停用').waitFor({ state: 'detached' })
      await failing(sys, receivers)
      await look(sys, 'robots')
      await sys.close()

      const phone = await Person.at(browser, base, { phone: true })
      await phone.enter('sysadmin')
      await phone.go('/robots')
      await phone.page.locator('[data-robot]').waitFor()
      await look(phone, 'robots-phone')
      await phone.close()
    },
  ],
  [
    'a village cadre confirms a mail address and chooses ways and quiet time',
    async ({ base, browser, receivers }) => {
      const cadre = await (await Person.at(browser, base)).signIn('cadre')
      await cadre.go('/messages')
      await cadre.page.getByRole('link', { name: '提醒方式' }).click()
      await cadre.page.getByRole('heading', { name: '送到哪里' }).waitFor()
      await cadre.fill('邮箱地址', 'cadre@village.example')
      await cadre.page.getByRole('button', { name: '发送确认码' }).click()
      const code = /确认码：(\d{6})/.exec(mailText(await until('the code', () => receivers.mails.find((m) => m.includes('cadre@village.example') && /\n\n\S/.test(m)))))
      assert.ok(code, 'the mail tells the code')
      const field = cadre.page.getByLabel('邮件中的六位确认码')
      await field.fill(code[1] === '000000' ? '111111' : '000000')
      await cadre.page.getByRole('button', { name: '确认邮箱' }).click()
      await cadre.page.getByRole('alert').getByText('确认码不对').first().waitFor()
      await field.fill(code[1])
      await cadre.page.getByRole('button', { name: '确认邮箱' }).click()
      await cadre.page.getByText('c***@village.example').waitFor()
      await cadre.page.getByRole('button', { name: '试发一条' }).click()
      await outcome(cadre.page, '已送到')

      await cadre.page.getByLabel('普通提醒，逐条：邮箱').check()
      await cadre.page.getByLabel('自己设定（否则按政策参数）').check()
      await cadre.fill('开始', '00:00')
      await cadre.fill('结束', '00:00')
      await cadre.page.getByRole('button', { name: /^保\s?存$/ }).click()
      await cadre.page.getByText('已保存').waitFor()
      await cadre.page.reload()
      assert.ok(await cadre.page.getByLabel('普通提醒，逐条：邮箱').isChecked())
      assert.equal(await cadre.page.getByLabel('结束').inputValue(), '00:00')
      await look(cadre, 'notice-settings')
      await cadre.close()

      const phone = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
      await phone.go('/messages/settings')
      await phone.page.getByRole('heading', { name: '送到哪里' }).waitFor()
      await look(phone, 'notice-settings-phone')
      await phone.close()
    },
  ],
  [
    'a message goes to the mail of its reader, who sees that it did, and marks all as read',
    async ({ base, browser, receivers, sql }) => {
      const cadre = await (await Person.at(browser, base)).signIn('cadre')
      sql("INSERT INTO messages (id, user_id, case_id, clock_id, rung_no, kind, title, body, urgent, deliver_at, created_at) SELECT 'e2e-notice', id, '', 'e2e', 1, 'account', '账号提醒', '内容只在系统内', 1, strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'), strftime('%Y-%m-%d %H:%M:%f+00:00', 'now') FROM users WHERE login = 'cadre'")
      const mail = mailText(await until('the mail', () => receivers.mails.find((m) => m.includes('cadre@village.example') && mailText(m).includes('请登录后在'))))
      assert.ok(!mail.includes('内容只在系统内'), 'what is in the message stays inside')
      await cadre.go('/messages?about=personal')
      const one = cadre.page.getByRole('list', { name: '还送到' }).first()
      await one.getByText('已送到').waitFor()
      await look(cadre, 'messages-sent')
      await cadre.page.getByRole('button', { name: '全部标为已读' }).click()
      await cadre.page.getByText(/条已标为已读/).waitFor()
      await cadre.page.getByLabel(/只看未读/).check()
      await cadre.page.getByText('没有未读消息').waitFor()
      await cadre.go('/messages/settings')
      await cadre.page.getByRole('button', { name: '不再用邮箱' }).click()
      await cadre.page.getByText('c***@village.example').waitFor({ state: 'detached' })
      await cadre.page.getByLabel('邮箱地址').waitFor()
      await cadre.close()
      const phone = await (await Person.at(browser, base, { phone: true })).signIn('cadre')
      await phone.go('/messages')
      await phone.page.getByRole('heading', { name: '消息' }).waitFor()
      await look(phone, 'messages-sent-phone')
      await phone.close()
    },
  ],
]
