import { api, unwrap } from '../../api/client'
import type { AnswerThen } from '../../api/types'
import { ForPurpose } from '../../components/ForPurpose'

/** One masked answer of a record in full. It is gone when the dialog is closed. */
export function UnmaskAnswer({ id, asked, onClose }: { id: string; asked: AnswerThen; onClose: () => void }) {
  const ask = (purpose: string) => unwrap(api.POST('/cases/{id}/unmask', { params: { path: { id } }, body: { seq: asked.seq, field: asked.answer.code, purpose } }))
  return (
    <ForPurpose title={`查看第 ${asked.seq} 条“${asked.answer.title}”的完整内容`} okText="查看" placeholder="如：与入户调查表核对" ask={ask} onClose={onClose}>
      {({ text }) => <p role="status">{text}</p>}
    </ForPurpose>
  )
}
