import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { Button, Form, type FormInstance } from 'antd'
import { useEffect } from 'react'
import { afterEach, expect, it, vi } from 'vitest'
import type { Answers, Field } from '../../api/types'
import { toSend } from '../../lib/form'
import { Surroundings, type FormSurroundings } from './context'
import { FieldSet } from './FieldSet'

afterEach(cleanup)

const options = (n: number) => Array.from({ length: n }, (_, i) => ({ code: `o${i}`, title: `选项${i}` }))
const field = (code: string, kind: Field['kind'], more: Partial<Field> = {}): Field => ({ code, title: code, kind, class: 'P1', required: true, ...more })

const client = new QueryClient()
let form: FormInstance<Answers>

function Sheet({ fields, around }: { fields: Field[]; around: FormSurroundings }) {
  const [own] = Form.useForm<Answers>()
  useEffect(() => {
    form = own
  }, [own])
  return (
    <QueryClientProvider client={client}>
    <Surroundings.Provider value={around}>
      <Form form={own}>
        <FieldSet form={own} fields={fields} />
        <Button htmlType="submit">交</Button>
      </Form>
    </Surroundings.Provider>
    </QueryClientProvider>
  )
}

const show = (fields: Field[], around: FormSurroundings = { caseId: 'c1' }) => render(<Sheet fields={fields} around={around} />)
const type = (label: string, text: string) => fireEvent.change(screen.getByLabelText(label), { target: { value: text } })
const answers = (fields: Field[]) => toSend(fields, form.getFieldsValue(true) as Answers)

it('text and long give strings', () => {
  const fields = [field('地点', 'text'), field('意见', 'long')]
  show(fields)
  type('地点', ' 公示栏 ')
  type('意见', '同意')
  expect(answers(fields)).toEqual({ 地点: '公示栏', 意见: '同意' })
})

it('integer and number give numbers', () => {
  const fields = [field('人口', 'integer'), field('经度', 'number')]
  show(fields)
  type('人口', '4')
  type('经度', '105.25')
  expect(answers(fields)).toEqual({ 人口: 4, 经度: 105.25 })
})

it('money is typed in 元 and kept in fen', () => {
  const fields = [field('收入', 'money', { class: 'P2' })]
  show(fields)
  type('收入', '1,234.5')
  expect(answers(fields)).toEqual({ 收入: 123450 })
  fireEvent.blur(screen.getByLabelText('收入'))
  expect(screen.getByLabelText('收入')).toHaveProperty('value', '1234.50')
})

it('yes gives true or false and begins with neither', () => {
  const fields = [field('是否抽查', 'yes')]
  show(fields)
  expect(answers(fields)).toEqual({})
  fireEvent.click(screen.getByLabelText('否'))
  expect(answers(fields)).toEqual({ 是否抽查: false })
  fireEvent.click(screen.getByLabelText('是'))
  expect(answers(fields)).toEqual({ 是否抽查: true })
})

it('few options are shown at once, many in a list to open', () => {
  const fields = [field('少', 'choice', { options: options(3) }), field('多', 'choice', { options: options(9) }), field('几项', 'choices', { options: options(4) })]
  show(fields)
  expect(screen.getAllByRole('radio')).toHaveLength(3)
  expect(screen.getByRole('combobox')).toBeTruthy()
  fireEvent.click(screen.getAllByRole('radio')[1]!)
  fireEvent.click(screen.getAllByRole('checkbox')[0]!)
  fireEvent.click(screen.getAllByRole('checkbox')[2]!)
  expect(answers(fields)).toEqual({ 少: 'o1', 几项: ['o0', 'o2'] })
})

it('date and datetime keep the strings of the contract', () => {
  const fields = [field('日期', 'date'), field('时间', 'datetime')]
  show(fields)
  form.setFieldsValue({ 日期: '2026-11-22', 时间: '2026-11-22T09:30:00+08:00' })
  expect(answers(fields)).toEqual({ 日期: '2026-11-22', 时间: '2026-11-22T09:30:00+08:00' })
})

it('the present moment is filled in by one button, in Chinese time', () => {
  const fields = [field('时间', 'datetime')]
  show(fields)
  fireEvent.click(screen.getByRole('button', { name: /现\s?在/ }))
  expect(answers(fields)['时间']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\+08:00$/)
  const distance = Date.now() - Date.parse(answers(fields)['时间'] as string)
  expect(distance).toBeGreaterThanOrEqual(0)
  expect(distance).toBeLessThan(65_000)
})

it('a confirmation cannot be left unchecked', async () => {
  const fields = [field('已告知农户', 'yes', { must: true })]
  show(fields)
  fireEvent.click(screen.getByRole('button', { name: '交' }))
  expect(await screen.findByText('办理前须确认“已告知农户”')).toBeTruthy()
  fireEvent.click(screen.getByLabelText('已告知农户'))
  expect(answers(fields)).toEqual({ 已告知农户: true })
})

it('says each required field that is missing, in words of its kind', async () => {
  show([field('理由', 'long'), field('类别', 'choice', { options: options(2) }), field('照片', 'files'), field('说明', 'text', { required: false })])
  fireEvent.click(screen.getByRole('button', { name: '交' }))
  expect(await screen.findByText('请填写理由')).toBeTruthy()
  expect(await screen.findByText('请选择类别')).toBeTruthy()
  expect(await screen.findByText('请上传照片')).toBeTruthy()
  expect(screen.queryByText('请填写说明')).toBeNull()
})

it('a conditional field comes and goes with its condition', async () => {
  const fields = [field('是否抽查', 'yes'), field('记录', 'long', { when: { field: '是否抽查', in: ['true'] } })]
  show(fields)
  expect(screen.queryByLabelText('记录')).toBeNull()
  fireEvent.click(screen.getByLabelText('是'))
  await screen.findByLabelText('记录')
  type('记录', '已入户')
  expect(answers(fields)).toEqual({ 是否抽查: true, 记录: '已入户' })
  fireEvent.click(screen.getByLabelText('否'))
  await waitFor(() => expect(screen.queryByLabelText('记录')).toBeNull())
  expect(answers(fields)).toEqual({ 是否抽查: false })
})

it('rows can be added and removed, each column by its own kind', () => {
  const fields = [field('测算', 'rows', { help: '每人一行', columns: [field('项目', 'text'), field('金额', 'money')] })]
  show(fields)
  expect(screen.getByText('每人一行')).toBeTruthy()
  type('项目', '务工')
  type('金额', '10')
  fireEvent.click(screen.getByRole('button', { name: '添加一行' }))
  const second = screen.getAllByLabelText('项目')[1]!
  fireEvent.change(second, { target: { value: '种植' } })
  expect(answers(fields)).toEqual({ 测算: [{ 项目: '务工', 金额: 1000 }, { 项目: '种植' }] })
  fireEvent.click(screen.getByRole('button', { name: '删除测算第 1 行' }))
  expect(answers(fields)).toEqual({ 测算: [{ 项目: '种植' }] })
})

it('files wait for the case to exist', () => {
  show([field('附件', 'files', { required: false })], {})
  expect(screen.getByText(/登记成功后/)).toBeTruthy()
})

it('a member is chosen by name, not typed by number', () => {
  show([field('person_id', 'text', { title: '成员' })], { members: [{ id: 'm1', name: '张某', can_unmask: [], relation: '配偶' }] })
  expect(screen.getByRole('combobox', { name: '成员' })).toBeTruthy()
})

it('a household is looked for by name and kept by its id', async () => {
  const asked: unknown[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push([new URL(request.url).pathname, await request.json()])
    return Response.json({ items: [{ id: 'h1', household_no: '51000001', head_name: '罗守田', region_name: '石桥村' }] })
  })
  const fields = [field('household_id', 'text')]
  show(fields)
  const box = screen.getByLabelText('household_id')
  fireEvent.mouseDown(box)
  type('household_id', '罗守')
  fireEvent.click(await screen.findByText(/罗守田（51000001）\s石桥村/, { selector: '.ant-select-item-option-content' }))
  expect(answers(fields)).toEqual({ household_id: 'h1' })
  expect(asked).toEqual([['/api/v1/households/query', expect.objectContaining({ q: '罗守' })]]) // a name stands in no address
  vi.unstubAllGlobals()
})

it('a long table is shown a page at a time and sent whole', async () => {
  const fields = [field('台账', 'rows', { columns: [field('户', 'text')] })]
  show(fields)
  form.setFieldsValue({ 台账: Array.from({ length: 45 }, (_, i) => ({ 户: `第${i}户` })) } as Answers)
  await screen.findByText('第 20 行')
  expect(screen.queryByText('第 21 行')).toBeNull()
  fireEvent.click(screen.getByTitle('3'))
  await screen.findByText('第 45 行')
  fireEvent.change(screen.getAllByLabelText('户')[4]!, { target: { value: '末户' } })
  fireEvent.click(screen.getByText('添加一行'))
  await screen.findByText('第 46 行')
  const sent = answers(fields)['台账'] as { 户?: string }[]
  expect(sent.map((r) => r.户)).toEqual([...Array.from({ length: 44 }, (_, i) => `第${i}户`), '末户', undefined])
})
