import { type PointerEvent, useEffect, useRef } from 'react'
import { drawOn, SHEET, type Stroke } from '../../lib/strokes'

/** The sheet to sign on, with a finger, a pen or a mouse. */
export function Pad({ strokes, onChange }: { strokes: Stroke[]; onChange: (strokes: Stroke[]) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  // The stroke that is being drawn: it is kept here until the pen is lifted, so that drawing asks nothing of the page.
  const live = useRef<Stroke>(undefined)
  useEffect(() => {
    if (canvas.current) drawOn(canvas.current, strokes)
  }, [strokes])
  const at = (e: { clientX: number; clientY: number }) => {
    const box = canvas.current!.getBoundingClientRect()
    return { x: ((e.clientX - box.left) * SHEET.width) / (box.width || 1), y: ((e.clientY - box.top) * SHEET.height) / (box.height || 1) }
  }
  const begin = (e: PointerEvent<HTMLCanvasElement>) => {
    if (!e.isPrimary || e.button !== 0) return
    e.preventDefault()
    canvas.current!.setPointerCapture(e.pointerId)
    live.current = [at(e)]
  }
  const go = (e: PointerEvent<HTMLCanvasElement>) => {
    if (!live.current || !e.isPrimary) return
    const between = e.nativeEvent.getCoalescedEvents?.() ?? []
    live.current.push(...(between.length > 0 ? between : [e.nativeEvent]).map(at))
    drawOn(canvas.current!, [...strokes, live.current])
  }
  const end = (e: PointerEvent<HTMLCanvasElement>) => {
    if (!live.current || !e.isPrimary) return
    const drawn = live.current
    live.current = undefined
    onChange([...strokes, drawn])
  }
  return <canvas ref={canvas} className="sign-pad" width={SHEET.width} height={SHEET.height} role="img" aria-label="签名板：用手指、笔或鼠标在这里写名字" onPointerDown={begin} onPointerMove={go} onPointerUp={end} onPointerCancel={end} />
}
