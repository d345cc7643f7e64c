import type { ReactNode } from 'react'

/** One panel of the desk. */
export function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
