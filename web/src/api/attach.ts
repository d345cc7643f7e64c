import { deviceId } from '../lib/device'
import { KeyKeeper } from '../lib/idempotency'
import type { Piece } from '../lib/photo'
import { api, unwrap } from './client'
import { submit } from './submit'
import type { Attachment, FileFacts } from './types'

/** The kinds of files the server takes; it looks at the content, not at the name. */
export const ACCEPT = 'image/jpeg,image/png,image/webp,application/pdf,.docx,.xlsx'
export const MAX_BYTES = 20 * 1024 * 1024

/** Sends one file to a case, as the answer of one form field, under a key. */
export const postToCase = (id: string, piece: Piece, key: string): Promise<Attachment> =>
  unwrap(api.POST('/cases/{id}/attachments', { params: { path: { id }, header: { 'Idempotency-Key': key } }, ...multipart(piece) }))

/** Sends one file to a form record under a key. */
export const postToForm = (id: string, piece: Piece, key: string): Promise<Attachment> =>
  unwrap(api.POST('/form-records/{id}/attachments', { params: { path: { id }, header: { 'Idempotency-Key': key } }, ...multipart(piece) }))

/** Sends one file, again with the same key when no answer comes. */
export const attach = (caseId: string, piece: Piece): Promise<Attachment> => once(piece, (key) => postToCase(caseId, piece, key))
export const attachToForm = (record: string, piece: Piece): Promise<Attachment> => once(piece, (key) => postToForm(record, piece, key))

const once = ({ kind, file }: Piece, send: (key: string) => Promise<Attachment>) => submit(new KeyKeeper(), { kind, name: file.name, size: file.size }, send)

/** The generated type says string for a binary part; the serializer makes the real form. */
const multipart = ({ kind, file, facts }: Piece) => ({
  body: { kind, file: '' },
  bodySerializer: () => {
    const data = new FormData()
    data.set('kind', kind)
    const device = kind.endsWith('_signature') && deviceId()
    if (device) {
      data.set('device', device)
      data.set('signed_at', new Date(file.lastModified).toISOString())
    }
    if (told(facts)) data.set('facts', JSON.stringify(facts))
    data.set('file', file, file.name)
    return data
  },
})

const told = (facts: FileFacts) => Object.values(facts).some((f) => f !== undefined)

/** Where the content of an attachment is read. */
export const contentOf = (id: string) => `/api/v1/attachments/${encodeURIComponent(id)}`
