import type { ReactNode } from 'react'
import '../lib/textsize'
import { useAccount } from './account'
import { useEntries, useOnline, useSending } from './field'
import { FormPage } from './pages/FormPage'
import { HouseholdPage } from './pages/Household'
import { Households } from './pages/Households'
import { Locked, Unfit } from './pages/Locked'
import { Mine } from './pages/Mine'
import { EntryPage } from './pages/Entry'
import { Queue } from './pages/Queue'
import { StepPage } from './pages/StepPage'
import { TaskPage } from './pages/Task'
import { Tasks } from './pages/Tasks'
import { go, Link, Title, usePath } from './path'
import type { Store } from './store'
import { useTakingAlong } from './taking'

export function App() {
  const account = useAccount()
  useSending()
  useTakingAlong()
  switch (account.phase) {
    case 'starting':
      return <p className="boot">正在打开……</p>
    case 'unfit':
      return <Unfit />
    case 'locked':
      return <Locked unsent={account.unsent} fault={account.fault} />
    case 'open':
      return <Open key={account.store.user} store={account.store} name={account.name} />
  }
}

function Open({ store, name }: { store: Store; name: string }) {
  const [place = '', id = '', what = '', code = ''] = usePath()
  if (place === 'households' && id && what === 'forms') return <FormPage key={`${id} ${code}`} store={store} household={id} form={code} />
  if (place === 'households' && id) return <HouseholdPage key={id} store={store} id={id} />
  if (place === 'households') return <Households store={store} />
  if (place === 'tasks' && id && what) return <StepPage key={`${id} ${what}`} store={store} caseId={id} event={what} />
  if (place === 'tasks' && id) return <TaskPage key={id} store={store} caseId={id} />
  if (place === 'queue' && id) return <EntryPage key={id} store={store} id={id} />
  if (place === 'queue') return <Queue store={store} />
  if (place === 'me') return <Mine store={store} name={name} />
  return <Tasks store={store} />
}

/** A page: its heading, whether there is a network, the four places below. */
export function Page({ title, back, children }: { title: string; back?: string; children: ReactNode }) {
  const online = useOnline()
  const entries = useEntries()
  const [place = ''] = usePath()
  const unsent = entries.filter((e) => e.state !== 'done').length
  const places = [
    { to: '', place: ['', 'tasks'], title: '待办' },
    { to: 'households', place: ['households'], title: '农户' },
    { to: 'queue', place: ['queue'], title: '待上传', badge: unsent },
    { to: 'me', place: ['me'], title: '我的' },
  ]
  return (
    <>
      <header className="top">
        {back !== undefined && (
          <a
            href={`/m/${back}`}
            aria-label="返回"
            onClick={(e) => {
              e.preventDefault()
              go(back)
            }}
          >
            ‹
          </a>
        )}
        <Title>{title}</Title>
        <span className={online ? 'net' : 'net off'} role="status">
          {online ? '在线' : '离线'}
        </span>
      </header>
      <main>{children}</main>
      <nav className="tabs" aria-label="主要页面">
        {places.map((p) => (
          <Link key={p.to} to={p.to} current={p.place.includes(place)}>
            <span>
              {p.title} {!!p.badge && <span className="badge">{p.badge}</span>}
            </span>
          </Link>
        ))}
      </nav>
    </>
  )
}
