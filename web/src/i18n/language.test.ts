import { beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => {
  vi.resetModules()
  document.documentElement.lang = 'zh-CN'
})

test('Chinese asks for no dictionary', async () => {
  const { start } = await import('./start')
  const english = vi.fn(async () => {})
  const application = vi.fn(async () => {})
  await start(english, application)
  expect(english).not.toHaveBeenCalled()
  expect(application).toHaveBeenCalledOnce()
})

test('English has its dictionary before the application is read', async () => {
  localStorage.setItem('shouwang-language', 'en')
  const { start } = await import('./start')
  const order: string[] = []
  await start(
    async () => order.push('dictionary'),
    async () => order.push('application'),
  )
  expect(order).toEqual(['dictionary', 'application'])
})

test('without the dictionary the page opens in Chinese', async () => {
  localStorage.setItem('shouwang-language', 'en')
  const { start } = await import('./start')
  const application = vi.fn(async () => {})
  await start(() => Promise.reject(new Error('offline')), application)
  expect(application).toHaveBeenCalledOnce()
  const { otherLanguage } = await import('./language')
  expect(otherLanguage().name).toBe('English')
  expect(document.documentElement.lang).toBe('zh-CN')
})

test('the dictionary makes the page English: its words, those of the server, the language of the document', async () => {
  await import('./english')
  const { tr } = await import('./tr')
  const { servedText } = await import('./served')
  const { otherLanguage } = await import('./language')
  const { readDeadline } = await import('../lib/deadline')
  expect(tr('登录')).toBe('Sign in')
  expect(tr('没有这个词')).toBe('没有这个词')
  expect(servedText('系统管理员')).toBe('System administrator')
  expect(document.documentElement.lang).toBe('en')
  expect(otherLanguage()).toMatchObject({ name: '中文', lang: 'zh-CN' })
  expect(readDeadline('2026-11-27T16:00:00Z', '2026-11-20T00:00:00Z').text).not.toMatch(/[\u3400-\u9fff]/)
})

test('places of a template are put where the language wants them', async () => {
  const { fill, tr, takeWords } = await import('./tr')
  takeWords({ '{0}共 {1}': 'of {1}: {0}' })
  expect(tr('{0}共 {1}', 'a', 2)).toBe('of 2: a')
  expect(fill('a {0} {0}', ['x'])).toBe('a x x')
  expect(fill('{0}', [])).toBe('{0}')
})
