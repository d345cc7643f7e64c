import { otherLanguage } from '../../i18n/language'
import { Title } from '../path'

/** Nobody is signed in as far as the server knows, or too much time has gone by. */
export function Locked({ unsent, fault }: { unsent: { user: string; name: string; count: number }[]; fault?: string }) {
  const other = otherLanguage()
  return (
    <main>
      <section className="panel">
        <Title>守望 · 手机入户</Title>
        <p>{fault ? `还没有登录，现在又连不上服务器：${fault}` : '请先登录。登录后可把待办和农户资料带到手机，没有网络也能填表。'}</p>
        {unsent.map((u) => (
          <p key={u.user} className="note warn">
            {u.name}有 {u.count} 份没有上传的内容封存在本机，本人登录后即可打开，不会丢失。
          </p>
        ))}
        <div className="acts">
          <a className="button main" href="/login?next=/m/">
            登录
          </a>
          {fault && (
            <button type="button" onClick={() => location.reload()}>
              再试一次
            </button>
          )}
          <button type="button" lang={other.lang} onClick={other.choose}>
            {other.name}
          </button>
        </div>
      </section>
    </main>
  )
}

/** Only an address with HTTPS lets a browser seal what it keeps. */
export function Unfit() {
  return (
    <main>
      <section className="panel">
        <Title>守望 · 手机入户</Title>
        <p>这个地址不是 HTTPS，或浏览器版本过低，不能在手机上安全保存资料。请向管理员要 HTTPS 地址，或先用电脑版。</p>
        <div className="acts">
          <a className="button main" href="/">
            电脑版
          </a>
        </div>
      </section>
    </main>
  )
}
