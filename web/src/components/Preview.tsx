import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useCallback } from 'react'
import { api, unwrap } from '../api/client'
import { meQuery } from '../api/queries'
import type { Attachment } from '../api/types'
import { useNow } from '../lib/hooks'
import { save } from '../lib/save'
import { Dialog } from './Dialog'
import { Loaded } from './PageState'
import { markOf, Watermark } from './Watermark'

/** What a browser shows of itself; other files are downloaded. */
export const isPicture = (a: Attachment) => a.content_type.startsWith('image/')

/** One picture of the evidence, on the page: nothing of it stays on the device. */
export function Preview({ file: a, onClose }: { file: Attachment; onClose: () => void }) {
  const content = useQuery({
    queryKey: ['attachment', a.id],
    queryFn: async () => (await unwrap(api.GET('/attachments/{id}', { params: { path: { id: a.id } }, parseAs: 'blob' }))) as unknown as Blob,
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
  })
  return (
    <Dialog title={a.name} wide onClose={onClose}>
      <Loaded query={content}>{(blob) => <Picture blob={blob} name={a.name} />}</Loaded>
    </Dialog>
  )
}

/** A picture with who looks at it over it, and the way to keep it. */
export function Picture({ blob, name }: { blob: Blob; name: string }) {
  const me = useQuery(meQuery)
  const now = useNow()
  const show = useCallback(
    (img: HTMLImageElement) => {
      const url = URL.createObjectURL(blob)
      img.src = url
      return () => URL.revokeObjectURL(url)
    },
    [blob],
  )
  return (
    <>
      <img className="preview" ref={show} alt={`附件 ${name}`} />
      {me.data && <Watermark text={markOf(me.data, now)} />}
      <p>
        <Button onClick={() => save(blob, name)}>下载</Button>
      </p>
    </>
  )
}
