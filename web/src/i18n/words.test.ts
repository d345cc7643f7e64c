import { expect, test } from 'vitest'
import { keysOf, lacking } from '../../i18n/dictionary.ts'
import { translatable, wordsOf } from '../../i18n/words.ts'
import words from './en.json'
import served from './server.en.json'
import keys from './server.keys.json'

const han = /[\u3400-\u9fff]/
const keysIn = (source: string) => wordsOf(source, 'x.tsx').map((w) => w.key)

test('every word of the source has its English, and no other', () => {
  const used = keysOf('src')
  const dictionary: Record<string, string> = words
  expect(used.length).toBeGreaterThan(1500)
  expect(lacking(used, dictionary), 'run: npm run i18n').toEqual([])
  expect(Object.keys(dictionary).filter((k) => !used.includes(k)), 'no longer used; run: npm run i18n').toEqual([])
})

test('what the dictionary lacks is named', () => {
  expect(lacking(['甲', '乙', '第 {0} 项'], { 甲: 'A', 乙: '', '第 {0} 项': 'item {1}' })).toEqual(['乙', '第 {0} 项'])
  expect(lacking(['{0}共 {1}'], { '{0}共 {1}': 'of {1}: {0}' })).toEqual([])
})

test('the words of the server are in English', () => {
  const english: Record<string, string> = served
  const shares = Object.entries(keys).map(([kind, list]) => [kind, list.length, list.filter((k) => english[k]).length] as const)
  console.log(shares.map(([kind, all, done]) => `${kind} ${done}/${all}`).join(', '))
  for (const [kind, all, done] of shares) expect(done / all, kind).toBeGreaterThanOrEqual(['roles', 'procedures', 'states', 'events', 'clocks', 'codes'].includes(kind) ? 0.95 : 0.8)
  const known = new Set(Object.values(keys).flat())
  expect(Object.keys(english).filter((k) => !known.has(k)), 'no longer said by the server').toEqual([])
  const odd = Object.entries(english).filter(([chinese, text]) => (chinese.match(/%[\d.]*[a-zA-Z]/g) ?? []).length !== new Set(text.match(/\{\d\}/g)).size)
  expect(odd, 'other places').toEqual([])
  expect(Object.entries(english).filter(([, text]) => text.trim() === '' || han.test(text))).toEqual([])
})

test('finds the words that are shown', () => {
  expect(keysIn("const a = '甲'; const b = `第 ${n} 项${m ? '一' : ''}`; const c = 'x'")).toEqual(['甲', '第 {0} 项{1}', '一'])
  expect(keysIn('const a = <p title="题">\n  两行\n  文字 {n} 件\n</p>')).toEqual(['题', '两行 文字 ', ' 件'])
  expect(keysIn("const a = list.join('、')")).toEqual(['、'])
})

test('leaves alone what is not shown, or is written into records', () => {
  expect(keysIn("type A = '甲' | '乙'; if (x === '甲') y(); switch (x) { case '乙': break }")).toEqual([])
  expect(keysIn("const a = asWritten(['同意。'])")).toEqual([])
  expect(keysIn("import x from './中文'")).toEqual([])
})

test('asks for the words at run time, and keeps the numbers of the lines', () => {
  const source = 'const a = <p title="题">\n  两行\n  文字 {n}\n</p>\nconst b = `第 ${f(`内 ${n}`)} 项`\n'
  const out = translatable(source, 'x.tsx')!
  expect(out.split('\n').length).toBe(source.split('\n').length)
  expect(out).toContain('title={$tr("题")}')
  expect(out).toContain('{$tr("两行 文字 ")}')
  expect(out).toContain('const b = $tr("第 {0} 项", f($tr("内 {0}", n)))')
  expect(translatable("const a = 'x'", 'x.ts')).toBeUndefined()
})
