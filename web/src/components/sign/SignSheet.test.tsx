import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Piece } from '../../lib/photo'
import { SHEET } from '../../lib/strokes'
import { SignSheet } from './SignSheet'

beforeEach(() => {
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
  vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((done) => done(new Blob(['png'], { type: 'image/png' })))
  HTMLCanvasElement.prototype.setPointerCapture = () => {}
  vi.spyOn(HTMLCanvasElement.prototype, 'getBoundingClientRect').mockReturnValue({ left: 0, top: 0, width: SHEET.width, height: SHEET.height } as DOMRect)
})

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

function stroke(...points: [number, number][]) {
  const pad = screen.getByRole('img')
  const at = ([clientX, clientY]: [number, number]) => ({ clientX, clientY, pointerId: 1, isPrimary: true, button: 0 })
  fireEvent.pointerDown(pad, at(points[0]!))
  for (const p of points.slice(1)) fireEvent.pointerMove(pad, at(p))
  fireEvent.pointerUp(pad, at(points[points.length - 1]!))
}

function show() {
  const signed: Piece[] = []
  render(<SignSheet kind="signature" places={['户主（签字或手印）', '见证人（签字）']} names={{ household: '罗守田' }} onSigned={(p) => void signed.push(p)} onCancel={() => {}} />)
  return signed
}

it('gives the signature with its place and who signed', async () => {
  const signed = show()
  fireEvent.click(screen.getByRole('button', { name: '签好了' }))
  expect(screen.getByRole('alert').textContent).toMatch(/写下完整的名字/)
  stroke([10, 10], [300, 200], [500, 40])
  fireEvent.click(screen.getByRole('button', { name: '签好了' }))
  await waitFor(() => expect(signed).toHaveLength(1))
  expect(signed[0]).toMatchObject({ kind: 'signature', facts: { signed: { place: '户主（签字或手印）', name: '罗守田' } } })
  expect(signed[0]!.facts.signed!.proxy).toBeUndefined()
  expect(signed[0]!.file.type).toBe('image/png')
})

it('takes a stroke back, begins anew, and asks why somebody else signs', () => {
  show()
  const [undo, clear] = ['撤销一笔', '重签'].map((name) => screen.getByRole<HTMLButtonElement>('button', { name }))
  expect(undo!.disabled).toBe(true)
  stroke([10, 10], [300, 200])
  stroke([30, 200], [300, 10])
  fireEvent.click(undo!)
  expect(undo!.disabled).toBe(false)
  fireEvent.click(clear!)
  expect(undo!.disabled).toBe(true)
  fireEvent.click(screen.getByLabelText('代签'))
  fireEvent.click(screen.getByRole('button', { name: '签好了' }))
  expect(screen.getByRole('alert').textContent).toMatch(/关系/)
  fireEvent.click(screen.getByLabelText('见证人（签字）'))
  expect(screen.getByLabelText<HTMLInputElement>('签名人姓名').value).toBe('')
})
