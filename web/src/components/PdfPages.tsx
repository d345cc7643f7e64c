import { Alert, Button } from 'antd'
import { getDocument, GlobalWorkerOptions, type PDFDocumentLoadingTask, type PDFDocumentProxy, type PDFPageProxy, version } from 'pdfjs-dist/legacy/build/pdf.mjs'
// oxlint-disable-next-line import/default -- the address of the file
import worker from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url'
import { useEffect, useRef, useState } from 'react'
import './pdf.css'

// The browser's own viewer is a plug-in to the page's policy for content, and phones have none: so the pages are drawn here. What
// is in the file runs nothing, loads nothing and leads nowhere: no scripts, no forms, no links, only what is painted.
GlobalWorkerOptions.workerSrc = worker

/** Parts that few files need, fetched when one does: see pdfParts of vite.config.ts. */
const parts = `/assets/pdf-${version}/`

/** How large a page is drawn at most, in points of the screen: a phone has little memory. */
const MOST_POINTS = 12_000_000
const sizes = [1, 1.5, 2, 3]

/** Opens a file, and closes it again. */
function usePdf(blob: Blob) {
  const [opened, setOpened] = useState<{ doc?: PDFDocumentProxy; shape?: number; fault?: string }>({})
  useEffect(() => {
    let task: PDFDocumentLoadingTask | undefined
    let gone = false
    const open = async () => {
      const data = new Uint8Array(await blob.arrayBuffer())
      if (gone) return
      task = getDocument({ data, isEvalSupported: false, useWasm: false, useWorkerFetch: false, cMapUrl: parts, wasmUrl: parts })
      const doc = await task.promise
      const { width, height } = (await doc.getPage(1)).getViewport({ scale: 1 })
      if (!gone) setOpened({ doc, shape: width / height })
    }
    open().catch((err: unknown) => {
      if (!gone) setOpened({ fault: err instanceof Error && err.name === 'PasswordException' ? '这份 PDF 设有打开口令，请下载后查看。' : '这份 PDF 不能在此预览，请下载后查看。' })
    })
    return () => {
      gone = true
      void task?.destroy()
    }
  }, [blob])
  return opened
}

/** A PDF page by page; only what is near the eye is kept drawn. */
export default function PdfPages({ blob, name }: { blob: Blob; name: string }) {
  const { doc, shape, fault } = usePdf(blob)
  const [size, setSize] = useState(0)
  if (fault) return <Alert type="warning" title={fault} role="alert" />
  if (!doc || !shape) return <p role="status">正在打开……</p>
  return (
    <>
      <p className="pdf-tools">
        <span className="num">共 {doc.numPages} 页</span>
        <Button size="small" disabled={size === 0} onClick={() => setSize(size - 1)}>
          缩小
        </Button>
        <Button size="small" disabled={size === sizes.length - 1} onClick={() => setSize(size + 1)}>
          放大
        </Button>
      </p>
      {/* Whoever has no mouse scrolls it by the keys. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="pdf" role="region" aria-label={`${name} 的内容`} tabIndex={0}>
        {Array.from({ length: doc.numPages }, (_, i) => (
          <Page key={i} doc={doc} no={i + 1} shape={shape} size={sizes[size]!} />
        ))}
      </div>
    </>
  )
}

interface PageProps {
  doc: PDFDocumentProxy
  no: number
  /** Width by height of the first page, which most others share. */
  shape: number
  size: number
}

function Page({ doc, no, shape, size }: PageProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [near, setNear] = useState(false)
  const [text, setText] = useState('')
  useEffect(() => {
    const el = box.current
    if (!el) return
    const watch = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), { rootMargin: '600px' })
    watch.observe(el)
    return () => watch.disconnect()
  }, [])
  useEffect(() => {
    if (!near) return
    let stop = () => {}
    let gone = false
    const draw = async () => {
      const page = await doc.getPage(no)
      if (gone || !canvas.current || !box.current) return
      const task = page.render(fitted(page, canvas.current, box.current.parentElement!.clientWidth * size))
      stop = () => task.cancel()
      await task.promise
      setText(await wordsOf(page))
    }
    draw().catch(() => {}) // cancelled, or a page that cannot be drawn: it stays white, and the file can be fetched
    return () => {
      gone = true
      stop()
    }
  }, [doc, no, near, size])
  return (
    <div ref={box} className="pdf-page" style={{ width: `${size * 100}%`, aspectRatio: String(shape) }}>
      {near && <canvas ref={canvas} role="img" aria-label={`第 ${no} 页`} data-page={no} />}
      {text && <p className="unseen">{text}</p>}
    </div>
  )
}

/** Makes a canvas as large as the page is shown, as fine as the screen is. */
function fitted(page: PDFPageProxy, canvas: HTMLCanvasElement, width: number) {
  const plain = page.getViewport({ scale: 1 })
  const wanted = (width / plain.width) * Math.min(window.devicePixelRatio, 2)
  const most = Math.sqrt(MOST_POINTS / (plain.width * plain.height))
  const viewport = page.getViewport({ scale: Math.min(wanted, most) })
  canvas.width = Math.floor(viewport.width)
  canvas.height = Math.floor(viewport.height)
  return { canvas, viewport }
}

/** What a page says, for those who have it read out. */
async function wordsOf(page: PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent()
  return items.map((i) => ('str' in i ? i.str : '')).join(' ')
}
