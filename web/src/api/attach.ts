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
export async function attach(caseId: string, kind: string, original: File): Promise<Attachment> {
  const file = await lighten(original)
  const send = (key: string) =>
    unwrap(
      api.POST('/cases/{id}/attachments', {
        params: { path: { id: caseId }, header: { 'Idempotency-Key': key, 'X-Device': deviceId() } },
        // The generated type says string for a binary part; the serializer below makes the real form.
        body: { kind, file: '' },
        bodySerializer: () => {
          const data = new FormData()
          data.set('kind', kind)
          data.set('file', file, file.name)
          return data
        },
      }),
    )
  return submit(new KeyKeeper(), { kind, name: file.name, size: file.size }, send)
}

/** Where the content of an attachment is read. */
export const contentOf = (id: string) => `/api/v1/attachments/${encodeURIComponent(id)}`
