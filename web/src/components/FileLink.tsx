import { Button } from 'antd'
import { useState } from 'react'
import { contentOf } from '../api/attach'
import { api, unwrap } from '../api/client'
import type { Attachment } from '../api/types'
import { save } from '../lib/save'
import { ForPurpose } from './ForPurpose'
import { isShown, Preview, Shown } from './Preview'

/** One attachment: to be looked at and fetched, to be opened for a purpose, or only there. */
export function FileLink({ file: a }: { file: Attachment }) {
  const [asking, setAsking] = useState(false)
  const [looking, setLooking] = useState(false)
  if (!a.hidden)
    return (
      <span>
        {isShown(a) && (
          <Button type="link" className="in-text" onClick={() => setLooking(true)} aria-label={`预览 ${a.name}`}>
            {a.name}
          </Button>
        )}{' '}
        <a href={contentOf(a.id)} target="_blank" rel="noreferrer" aria-label={`下载 ${a.name}`}>
          {isShown(a) ? '下载' : a.name}
        </a>
        {looking && <Preview file={a} onClose={() => setLooking(false)} />}
      </span>
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

/** Shows a picture or a PDF for a written purpose, and fetches other files. The name stays hidden: it may say what is in it. */
function OpenFile({ file: a, onClose }: { file: Attachment; onClose: () => void }) {
  const name = `附件${a.name}`
  const ask = async (purpose: string) => {
    const blob = await unwrap(api.POST('/attachments/{id}/unmask', { params: { path: { id: a.id } }, body: { purpose }, parseAs: 'blob' }))
    if (!isShown(a)) save(blob as unknown as Blob, name)
    return blob as unknown as Blob
  }
  return (
    <ForPurpose title="打开附件" okText="打开" placeholder="如：与入户调查表核对" ask={ask} onClose={onClose}>
      {(blob) =>
        isShown(a) ? (
          <>
            <p role="status">查阅已记录。下载后用完请删除。</p>
            <Shown blob={blob} file={a} name={name} />
          </>
        ) : (
          <p role="status">已下载到本机，查阅已记录。用完请删除下载的文件。</p>
        )
      }
    </ForPurpose>
  )
}
