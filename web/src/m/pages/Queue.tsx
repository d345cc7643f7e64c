import { useState } from 'react'
import { formatTime } from '../../lib/dates'
import { save } from '../../lib/save'
import { Page } from '../App'
import { sendQueue, useEntries, useOnline } from '../field'
import { exported } from '../held'
import { Link } from '../path'
import { type Ended, type Entry, stateTitles } from '../queue'
import type { Store } from '../store'

const ends: Record<Ended, string> = { done: '', offline: '没有得到服务器的答复，有网络时会自动再传。', locked: '', elsewhere: '另一个窗口正在上传。' }

/** 待上传: everything that was handed in here, what became of it, and a copy to save. */
export function Queue({ store }: { store: Store }) {
  const entries = useEntries()
  const online = useOnline()
  const [said, setSaid] = useState('')
  const [busy, setBusy] = useState(false)
  const unsent = entries.filter((e) => e.state !== 'done')
  const sent = entries.filter((e) => e.state === 'done')
  const send = async () => {
    setBusy(true)
    setSaid('')
    try {
      setSaid(ends[await sendQueue(store)])
    } finally {
      setBusy(false)
    }
  }
  const clear = async () => {
    await store.change([], sent.map((e) => ({ kind: 'sent', id: e.id })))
    await sendQueue(store)
  }
  return (
    <Page title="待上传">
      <p className="note" role="status">
        {unsent.length === 0 ? '没有待上传的内容。' : `${unsent.length} 份还没有上传完。`}
        {unsent.some((e) => e.state === 'waiting') && (online ? '' : '现在没有网络，有网络时自动上传。')}
        {said}
      </p>
      {unsent.length > 0 && (
        <div className="acts">
          <button type="button" className="main" disabled={busy || !online} onClick={() => void send()}>
            {busy ? '正在上传……' : '立即上传'}
          </button>
          <Export store={store} entries={unsent} />
        </div>
      )}
      <List title="还没有上传完的" entries={unsent} />
      <List title="已上传的" entries={[...sent].reverse()} />
      {sent.length > 0 && (
        <div className="acts">
          <button type="button" onClick={() => void clear()}>
            清除已上传的记录
          </button>
        </div>
      )}
    </Page>
  )
}

function List({ title, entries }: { title: string; entries: Entry[] }) {
  if (entries.length === 0) return null
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ul className="rows">
        {entries.map((e) => (
          <li key={e.id} data-entry={e.state}>
            <Link className="row" to={`queue/${e.id}`}>
              <strong>{e.title}</strong>
              <p>
                <span className={`tag ${e.state}`}>{stateTitles[e.state]}</span>
                <span className="muted">
                  {e.subject} · {formatTime(new Date(e.at).toISOString())}
                  {!!e.files?.length && ` · 照片和签名 ${e.files.length} 张`}
                </span>
              </p>
              {e.said && <p>{e.said.message}</p>}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What has not been sent, photos among it, as a file in the clear: for whoever has to rescue it another way. */
export function Export({ store, entries }: { store: Store; entries: Entry[] }) {
  const [asking, setAsking] = useState(false)
  const write = async () => {
    save(await exported(store, entries), `待上传-${formatTime(new Date().toISOString()).replace(/\D/g, '')}.json`)
    setAsking(false)
  }
  if (!asking) {
    return (
      <button type="button" onClick={() => setAsking(true)}>
        导出到文件
      </button>
    )
  }
  return (
    <div className="note warn">
      <p>导出的文件没有加密，内有农户个人信息，请妥善保管，用后删除。</p>
      <div className="acts">
        <button type="button" className="main" onClick={() => void write()}>
          确认导出
        </button>
        <button type="button" onClick={() => setAsking(false)}>
          不导出
        </button>
      </div>
    </div>
  )
}
