// A signature as it is drawn: strokes of points on a sheet of fixed size, whatever the screen it is shown on.

export interface Point {
  x: number
  y: number
}

export type Stroke = Point[]

export const SHEET = { width: 960, height: 400 }
export const PEN = 7

/** Less ink than this is a slip of the finger. */
const LEAST_LENGTH = 60
const LEAST_SIDE = 14

/** Whether somebody has written, and not only touched the sheet. */
export function isWritten(strokes: Stroke[]): boolean {
  const points = strokes.flat()
  if (points.length === 0) return false
  const span = (of: (p: Point) => number) => Math.max(...points.map(of)) - Math.min(...points.map(of)) + PEN
  return lengthOf(strokes) >= LEAST_LENGTH && span((p) => p.x) >= LEAST_SIDE && span((p) => p.y) >= LEAST_SIDE
}

const lengthOf = (strokes: Stroke[]) => strokes.reduce((sum, s) => sum + s.slice(1).reduce((n, p, i) => n + Math.hypot(p.x - s[i]!.x, p.y - s[i]!.y), 0), 0)

/** Draws black on white; a stroke goes through the middles between its points, so that it has no corners. */
export function drawOn(canvas: HTMLCanvasElement, strokes: Stroke[]): void {
  const pen = canvas.getContext('2d')
  if (!pen) return
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, SHEET.width, SHEET.height)
  pen.strokeStyle = '#000'
  pen.lineWidth = PEN
  pen.lineCap = 'round'
  pen.lineJoin = 'round'
  for (const [first, ...rest] of strokes) {
    if (!first) continue
    pen.beginPath()
    pen.moveTo(first.x, first.y)
    let last = first
    for (const p of rest) {
      pen.quadraticCurveTo(last.x, last.y, (last.x + p.x) / 2, (last.y + p.y) / 2)
      last = p
    }
    pen.lineTo(last.x, last.y)
    pen.stroke()
  }
}

/** The signature as a picture. */
export async function pictureOf(strokes: Stroke[], now: number): Promise<File | undefined> {
  const canvas = document.createElement('canvas')
  canvas.width = SHEET.width
  canvas.height = SHEET.height
  drawOn(canvas, strokes)
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
  return blob ? new File([blob], '手写签名.png', { type: 'image/png', lastModified: now }) : undefined
}
