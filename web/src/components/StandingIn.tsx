import type { Me } from '../api/types'

/** Whose work is mine today, and until when. */
export function StandingIn({ me }: { me: Me }) {
  if (me.standing_in.length === 0) return null
  return (
    <section className="panel" aria-label="今天由您代办">
      <ul>
        {me.standing_in.map((s) => (
          <li key={s.user.id + s.role + s.region_name + (s.dept ?? '')}>
            您今天代 <strong>{s.user.name}</strong> 办理“{s.region_name} · {s.role_title}”的待办，至 <span className="num">{s.until}</span> 止。
          </li>
        ))}
      </ul>
    </section>
  )
}
