import { Button } from 'antd'
import { useState } from 'react'
import { contentOf } from '../api/attach'
import { api, unwrap } from '../api/client'
import type { Attachment } from '../api/types'
import { save } from '../lib/save'
import { ForPurpose } from './ForPurpose'

/** One attachment: to be opened, to be opened for a purpose, or only there. */
export function FileLink({ file: a }: { file: Attachment }) {
  const [asking, setAsking] = useState(false)
  if (!a.hidden)
    return (
      <a href={contentOf(a.id)} target="_blank" rel="noreferrer">
        {a.name}
      </a>
    )
  return (
    <span className="muted">
      {a.name}（按权限不显示）{' '}
      {a.can_unmask && (
        <Button type="link" className="in-text" onClick={() => setAsking(true)}>
          写明用途后打开
        </Button>
      )}
      {asking && <OpenFile file={a} onClose={() => setAsking(false)} />}
    </span>
  )
}

/** Fetches a file for a written purpose. Its name stays hidden: it may say what is in it. */
function OpenFile({ file: a, onClose }: { file: Attachment; onClose: () => void }) {
  const ask = async (purpose: string) => {
    const blob = await unwrap(api.POST('/attachments/{id}/unmask', { params: { path: { id: a.id } }, body: { purpose }, parseAs: 'blob' }))
    save(blob as unknown as Blob, `附件${a.name}`)
    return true
  }
  return (
    <ForPurpose title="打开附件" okText="打开" placeholder="如：与入户调查表核对" ask={ask} onClose={onClose}>
      {() => <p role="status">已下载到本机，查阅已记录。用完请删除下载的文件。</p>}
    </ForPurpose>
  )
}
