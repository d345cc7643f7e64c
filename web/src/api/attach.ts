import { deviceId } from '../lib/device'
import { KeyKeeper } from '../lib/idempotency'
import { lighten } from '../lib/photo'
import { api, unwrap } from './client'
import { submit } from './submit'
import type { Attachment } from './types'

/** The kinds of files the server takes; it looks at the content, not at the name. */
export const ACCEPT = 'image/jpeg,image/png,image/webp,application/pdf,.docx,.xlsx'
export const MAX_BYTES = 20 * 1024 * 1024

/** Uploads one file to a case as the answer of one form field. Sent again with the same key when no answer comes. */
export function attach(caseId: string, kind: string, original: File): Promise<Attachment> {
  return upload(kind, original, (key, body) => api.POST('/cases/{id}/attachments', { params: { path: { id: caseId }, header: { 'Idempotency-Key': key } }, ...body }))
}

/** Uploads one file to a form record. */
export function attachToForm(record: string, kind: string, original: File): Promise<Attachment> {
  return upload(kind, original, (key, body) => api.POST('/form-records/{id}/attachments', { params: { path: { id: record }, header: { 'Idempotency-Key': key } }, ...body }))
}

async function upload(kind: string, original: File, post: (key: string, body: ReturnType<typeof multipart>) => Parameters<typeof unwrap<Attachment>>[0]): Promise<Attachment> {
  const file = await lighten(original)
  return submit(new KeyKeeper(), { kind, name: file.name, size: file.size }, (key) => unwrap(post(key, multipart(kind, file, original))))
}

/** The generated type says string for a binary part; the serializer makes the real form. */
const multipart = (kind: string, file: File, original: File) => ({
  body: { kind, file: '' },
  bodySerializer: () => {
    const data = new FormData()
    data.set('kind', kind)
    const device = kind.endsWith('_signature') && deviceId()
    if (device) {
      data.set('device', device)
      data.set('signed_at', new Date(original.lastModified).toISOString())
    }
    data.set('file', file, file.name)
    return data
  },
})

/** Where the content of an attachment is read. */
export const contentOf = (id: string) => `/api/v1/attachments/${encodeURIComponent(id)}`
