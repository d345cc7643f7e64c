import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { lazy, type ReactNode, Suspense, useCallback } from 'react'
import { api, unwrap } from '../api/client'
import { meQuery } from '../api/queries'
import type { Attachment, Paper } from '../api/types'
import { useNow } from '../lib/hooks'
import { save } from '../lib/save'
import { Dialog } from './Dialog'
import { Loaded, PageLoading } from './PageState'
import { markOf, Watermark } from './Watermark'

// Drawing a PDF takes a library as large as the application.
const PdfPages = lazy(() => import('./PdfPages'))

type Kind = Pick<Attachment, 'content_type'>

const isPicture = (a: Kind) => a.content_type.startsWith('image/')
const isPdf = (a: Kind) => a.content_type === 'application/pdf'
/** What is shown on the page; other files are downloaded. */
export const isShown = (a: Kind) => isPicture(a) || isPdf(a)

/** One picture or PDF of the evidence, on the page: nothing of it stays on the device. */
export function Preview({ file: a, onClose }: { file: Attachment; onClose: () => void }) {
  const fetched = async () => (await unwrap(api.GET('/attachments/{id}', { params: { path: { id: a.id } }, parseAs: 'blob' }))) as unknown as Blob
  return (
    <PreviewOf name={a.name} of={['attachment', a.id]} fetched={fetched} onClose={onClose}>
      {(blob) => <Shown blob={blob} file={a} name={a.name} />}
    </PreviewOf>
  )
}

/** An issued paper as it was printed. That it was looked at is on record, as a download is. */
export function PaperPreview({ paper, onClose }: { paper: Pick<Paper, 'id' | 'title' | 'number'>; onClose: () => void }) {
  const name = `${paper.title} ${paper.number}`
  const fetched = async () => (await unwrap(api.GET('/papers/{id}/file', { params: { path: { id: paper.id }, query: { format: 'pdf', purpose: 'check' } }, parseAs: 'blob' }))) as unknown as Blob
  return (
    <PreviewOf name={name} of={['paper-file', paper.id]} fetched={fetched} onClose={onClose}>
      {(blob) => <Pdf blob={blob} name={name} file={`${name}.pdf`} />}
    </PreviewOf>
  )
}

interface Props {
  name: string
  of: string[]
  fetched: () => Promise<Blob>
  children: (blob: Blob) => ReactNode
  onClose: () => void
}

function PreviewOf({ name, of, fetched, children, onClose }: Props) {
  const content = useQuery({ queryKey: of, queryFn: fetched, gcTime: 0, staleTime: Infinity, retry: false })
  return (
    <Dialog title={name} wide onClose={onClose}>
      <Loaded query={content}>{children}</Loaded>
    </Dialog>
  )
}

/** A picture or a PDF that has been fetched. */
export function Shown({ blob, file, name }: { blob: Blob; file: Kind; name: string }) {
  return isPdf(file) ? <Pdf blob={blob} name={name} /> : <Picture blob={blob} name={name} />
}

export function Pdf({ blob, name, file = name }: { blob: Blob; name: string; file?: string }) {
  return (
    <Marked blob={blob} name={file}>
      <Suspense fallback={<PageLoading />}>
        <PdfPages blob={blob} name={name} />
      </Suspense>
    </Marked>
  )
}

/** What is shown with who looks at it over it, and the way to keep it. */
function Marked({ blob, name, children }: { blob: Blob; name: string; children: ReactNode }) {
  const me = useQuery(meQuery)
  const now = useNow()
  return (
    <>
      {children}
      {me.data && <Watermark text={markOf(me.data, now)} />}
      <p>
        <Button onClick={() => save(blob, name)}>下载</Button>
      </p>
    </>
  )
}

function Picture({ blob, name }: { blob: Blob; name: string }) {
  const show = useCallback(
    (img: HTMLImageElement) => {
      const url = URL.createObjectURL(blob)
      img.src = url
      return () => URL.revokeObjectURL(url)
    },
    [blob],
  )
  return (
    <Marked blob={blob} name={name}>
      <img className="preview" ref={show} alt={`附件 ${name}`} />
    </Marked>
  )
}
