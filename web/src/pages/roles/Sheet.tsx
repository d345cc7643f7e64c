import type { ReactNode } from 'react'
import type { RoleAct, RoleLook, RoleSheet } from '../../api/admin'

const looks: Record<RoleLook, string> = { hidden: '不显示', masked: '脱敏', full: '全文' }

/** How an act is the post's: carried out, written down for somebody, or signed. */
const hows: Record<RoleAct['how'], string> = { fire: '办理', record: '代为登记', sign: '会签' }

/** One post: what it reaches, how much of it is shown, and its part in each procedure. */
export function Sheet({ sheet: s }: { sheet: RoleSheet }) {
  return (
    <>
      <section className="panel" aria-label="看到什么">
        <h2>{s.title}：看到什么</h2>
        <p className="gap">
          设在{s.level_title}，{s.reach_title}。{s.unmask && '可以写明用途后逐项查看脱敏的内容，每次都有记录。'}
        </p>
        {s.classes.length > 0 && <Classes of={s} />}
      </section>
      <section className="panel" aria-label="在程序中办什么">
        <h2>在程序中办什么</h2>
        {s.procedures.length === 0 ? <p className="muted">不参与任何程序的办理。</p> : s.procedures.map((p) => <Part key={p.name} of={p} />)}
      </section>
      <section className="panel" aria-label="其他">
        <h2>其他</h2>
        <dl className="facts">
          <Titles term="可以出具的文书" items={s.papers} />
          <Titles term="程序以外" items={s.others} />
        </dl>
        {s.papers.length + s.others.length === 0 && <p className="muted">没有。</p>}
      </section>
    </>
  )
}

function Classes({ of: s }: { of: RoleSheet }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">信息类别</th>
          <th scope="col">平时</th>
          <th scope="col">写明用途后</th>
          <th scope="col">本人经办的事项</th>
        </tr>
      </thead>
      <tbody>
        {s.classes.map((c) => (
          <tr key={c.class}>
            <td>
              {c.class} {c.title}
            </td>
            <td data-label="平时">{looks[c.see]}</td>
            <td data-label="写明用途后">{looks[c.told]}</td>
            <td data-label="本人经办的事项">{looks[c.work]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Part({ of: p }: { of: RoleSheet['procedures'][number] }) {
  return (
    <details className="part" data-procedure={p.name}>
      <summary>
        <strong>{p.title}</strong> <span className="muted">{tally(p)}</span>
      </summary>
      <dl className="facts">
        {p.acts.length > 0 && (
          <Entry term="办理的操作">
            {p.acts.map((a) => (
              <li key={`${a.code} ${a.how}`}>
                {a.title}
                <span className="muted">{actWords(a)}</span>
              </li>
            ))}
          </Entry>
        )}
        <Titles term="列入待办的环节" items={p.waits} />
        <Titles term="抄送的办理结果" items={p.told} />
      </dl>
    </details>
  )
}

/** "（会签，须为整改责任人）", nothing for what the post does by itself. */
export function actWords(a: RoleAct): string {
  const said = [a.how !== 'fire' && hows[a.how], a.as_title && `须为${a.as_title}`].filter(Boolean)
  return said.length > 0 ? `（${said.join('，')}）` : ''
}

function tally(p: RoleSheet['procedures'][number]): string {
  return [p.opens && '可以开启', p.acts.length > 0 && `${p.acts.length} 项操作`, p.waits.length > 0 && `${p.waits.length} 个环节列入待办`].filter(Boolean).join('，')
}

function Titles({ term, items }: { term: string; items: { code?: string; title: string }[] }) {
  if (items.length === 0) return null
  return (
    <Entry term={term}>
      {items.map((i) => (
        <li key={i.title}>{i.title}</li>
      ))}
    </Entry>
  )
}

function Entry({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="full">
      <dt>{term}</dt>
      <dd>
        <ul className="titles">{children}</ul>
      </dd>
    </div>
  )
}
