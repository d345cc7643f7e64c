import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let it: typeof import('./served')
beforeEach(async () => {
  vi.resetModules()
  it = await import('./served')
})
afterEach(() => vi.resetModules())

const dictionary = { 识别认定: 'Identification', 民主评议: 'Democratic review', 边缘易致贫户: 'Marginal household', 因灾: 'Disaster', 因病: 'Illness', 米: 'metres', '剩 %d 个工作日': '{0} working days left', '同村、最急：%s': 'same village, most urgent: {0}', '#not_found': 'No such record', '#too_long+': 'Too long', 请求有误: 'Faulty request' }

test('Chinese answers are left as they came', () => {
  const answer = { title: '识别认定' }
  expect(it.served(answer)).toBe(answer)
  const problem = { code: 'not_found', detail: '没有' }
  expect(it.servedProblem(problem)).toBe(problem)
})

test('words of the product are said in English, wherever they stand', () => {
  it.takeServerWords(dictionary)
  expect(it.served({ items: [{ procedure_title: '识别认定', state: { code: 'x', title: '民主评议' }, types: ['因灾', '其他的'] }] })).toEqual({
    items: [{ procedure_title: 'Identification', state: { code: 'x', title: 'Democratic review' }, types: ['Disaster', '其他的'] }],
  })
})

test('what people have written, or what goes back, stays as it is', () => {
  it.takeServerWords(dictionary)
  const answer = { name: '因病', reason: '因病', code: '因病', value: [{ title: '因病' }], answers: { cause: '因病', title: '因病' }, default: { title: '因病' }, kind: 'text', text: '因病' }
  expect(it.served(answer)).toEqual(answer)
  const programme = { source_paper: '文件', title: '因病', phases: [{ title: '因病' }], states: [{ title: '民主评议' }] }
  expect(it.served(programme)).toEqual({ ...programme, states: [{ title: 'Democratic review' }] })
  expect(it.served({ form: { title: '因病' } })).toEqual({ form: { title: '因病' } })
  expect(it.served({ form: [{ title: '因病' }] })).toEqual({ form: [{ title: 'Illness' }] })
  const file = new Blob(['因病'])
  expect(it.served(file)).toBe(file)
})

test('the text of a choice is its title, that of several choices their titles', () => {
  it.takeServerWords(dictionary)
  expect(it.served({ kind: 'choice', value: 'marginal', text: '边缘易致贫户' })).toEqual({ kind: 'choice', value: 'marginal', text: 'Marginal household' })
  expect(it.served({ kind: 'choices', text: '因灾、因病' })).toEqual({ kind: 'choices', text: 'Disaster, Illness' })
})

test('the title of a task names who and where it stands', () => {
  it.takeServerWords(dictionary)
  expect(it.served({ title: '某某 · 民主评议' })).toEqual({ title: '某某 · Democratic review' })
})

test('a sentence is known but for its parts, and these are looked up', () => {
  it.takeServerWords(dictionary)
  expect(it.servedText('同村、最急：剩 3 个工作日')).toBe('same village, most urgent: 3 working days left')
  expect(it.servedText('同村、最急：别的')).toBe('same village, most urgent: 别的')
  expect(it.servedText('另说：剩 3 个工作日')).toBe('另说：剩 3 个工作日')
})

test('why an act is not possible is said by its code', () => {
  it.takeServerWords(dictionary)
  expect(it.served({ reasons: [{ code: 'too_long', message: '太长' }, { message: '太长' }] })).toEqual({ reasons: [{ code: 'too_long', message: 'Too long (太长)' }, { message: '太长' }] })
})

test('a problem is said by its code, with the Chinese sentence where that says more', () => {
  it.takeServerWords(dictionary)
  expect(it.servedProblem({ code: 'not_found', title: '请求有误', detail: '没有这条记录', errors: [{ code: 'too_long', message: '“备注”最多 5 字' }, { code: 'new', message: '新的' }] })).toEqual({
    code: 'not_found',
    title: 'Faulty request',
    detail: 'No such record',
    errors: [
      { code: 'too_long', message: 'Too long (“备注”最多 5 字)' },
      { code: 'new', message: '新的' },
    ],
  })
})
