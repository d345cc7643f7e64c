import { useState } from 'react'
import { describe } from '../../api/problem'
import { otherLanguage } from '../../i18n/language'
import { clearAllDrafts } from '../../lib/draft'
import { setTextSize, useTextSize } from '../../lib/textsize'
import { sizes, type TextSize } from '../../theme'
import { signOut } from '../account'
import { Page } from '../App'
import { useEntries, useKept, useOnline } from '../field'
import type { Store } from '../store'

const titles: Record<TextSize, string> = { standard: '标准', large: '大', huge: '特大' }

/** 我的: who is signed in, the size of the text, what lies here, and the way out. */
export function Mine({ store, name }: { store: Store; name: string }) {
  const size = useTextSize()
  const online = useOnline()
  const [kept] = useKept(() => store.ids('household'), [store])
  const [drafts] = useKept(() => store.ids('draft'), [store])
  const unsent = useEntries().filter((e) => e.state !== 'done').length + (drafts?.length ?? 0)
  const [fault, setFault] = useState('')
  const [asking, setAsking] = useState(false)
  const other = otherLanguage()
  const leave = async () => {
    try {
      await signOut()
      clearAllDrafts()
    } catch (err) {
      setFault(describe(err))
    }
  }
  return (
    <Page title="我的">
      <section className="panel">
        <h2>{name}</h2>
        <p>
          本机存有 {kept?.length ?? 0} 户的资料，{unsent} 份没有上传的内容，都已加密。
        </p>
      </section>
      <section className="panel">
        <h2 id="size">字号</h2>
        <div className="sizes" role="group" aria-labelledby="size">
          {(Object.keys(sizes) as TextSize[]).map((s) => (
            <button key={s} type="button" aria-pressed={s === size} onClick={() => setTextSize(s)}>
              {titles[s]}
            </button>
          ))}
        </div>
      </section>
      <section className="panel">
        <div className="acts">
          <a className="button" href="/">
            电脑版
          </a>
          <button type="button" lang={other.lang} onClick={other.choose}>
            {other.name}
          </button>
          <button type="button" className="danger" disabled={!online} onClick={() => (unsent > 0 ? setAsking(true) : void leave())}>
            退出登录
          </button>
        </div>
        {!online && <p className="muted">没有网络时不能退出登录。</p>}
        {asking && (
          <div className="note warn">
            <p>还有 {unsent} 份没有上传。退出后它们封存在本机，您再登录时可以接着上传；带到手机的农户资料会删去。</p>
            <div className="acts">
              <button type="button" className="danger" onClick={() => void leave()}>
                仍要退出
              </button>
              <button type="button" onClick={() => setAsking(false)}>
                不退出
              </button>
            </div>
          </div>
        )}
        {fault && (
          <p className="note bad" role="alert">
            {fault}
          </p>
        )}
      </section>
    </Page>
  )
}
