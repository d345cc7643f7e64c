import { useEffect, useState } from 'react'
import { describe } from '../../api/problem'
import type { FormInfo, Region } from '../../api/types'
import { formatTime } from '../../lib/dates'
import { Page } from '../App'
import { choices, type Choice, type HouseholdList, MOST_FORMS, MOST_HOUSEHOLDS, OF_TASKS, type Progress, takeAlong, type TaskList } from '../download'
import { useKept, useOnline } from '../field'
import { Link } from '../path'
import type { Store } from '../store'
import { takeAll } from '../taking'
import { TakenSteps } from '../TakenSteps'

/** The households that were taken along, looked for by name or number, and the taking along itself. */
export function Households({ store }: { store: Store }) {
  const [list, again] = useKept(() => store.get<HouseholdList>('list', 'households'), [store])
  const [q, setQ] = useState('')
  const found = (list?.items ?? []).filter((h) => `${h.head_name} ${h.household_no} ${h.region_name} ${h.group ?? ''}`.includes(q.trim()))
  return (
    <Page title="农户">
      {list !== undefined && <TakeAlong store={store} list={list ?? undefined} onDone={again} />}
      {list && (
        <>
          <div className="search">
            <label htmlFor="q">在本机保存的 {list.items.length} 户中查找</label>
            <input id="q" type="search" value={q} placeholder="户主姓名、户编号、村、组" onChange={(e) => setQ(e.target.value)} />
          </div>
          <ul className="rows" data-list="households">
            {found.map((h) => (
              <li key={h.id}>
                <Link to={`households/${h.id}`} className="row">
                  <strong>{h.head_name}</strong>
                  <p>
                    <span className="tag">{h.status_title}</span>
                    <span className="muted">
                      {h.region_name}
                      {h.group} · {h.population} 人{h.open_cases > 0 && ` · 在办 ${h.open_cases} 件`}
                    </span>
                  </p>
                </Link>
              </li>
            ))}
          </ul>
          {found.length === 0 && <p className="note">没有找到。</p>}
        </>
      )}
    </Page>
  )
}

function TakeAlong({ store, list, onDone }: { store: Store; list?: HouseholdList; onDone: () => void }) {
  const online = useOnline()
  const [open, setOpen] = useState(!list)
  const [tasks] = useKept(() => store.get<TaskList>('list', 'tasks'), [store, list])
  return (
    <section className="panel">
      <h2>带到手机</h2>
      {list && (
        <p className="muted">
          {formatTime(new Date(list.at).toISOString())} 带了 {list.items.length} 户{list.more && `；辖区内不止这些，最多带 ${MOST_HOUSEHOLDS} 户`}
        </p>
      )}
      {tasks && <TakenSteps store={store} tasks={tasks.items} />}
      {!online && <p>现在没有网络，联网后可以带资料。</p>}
      {online && !open && (
        <div className="acts">
          <button type="button" onClick={() => setOpen(true)}>
            重新带
          </button>
        </div>
      )}
      {online && open && (
        <Choose
          store={store}
          before={list?.choice}
          onDone={() => {
            setOpen(false)
            onDone()
          }}
        />
      )}
    </section>
  )
}

function Choose({ store, before, onDone }: { store: Store; before?: Choice; onDone: () => void }) {
  const [offered, setOffered] = useState<{ villages: Region[]; forms: FormInfo[] }>()
  const [choice, setChoice] = useState<Choice>(before ?? { village: '', forms: [] })
  const [progress, setProgress] = useState<Progress>()
  const [fault, setFault] = useState('')
  useEffect(() => {
    choices().then(setOffered, (err: unknown) => setFault(describe(err)))
  }, [])
  if (fault && !offered) return <p className="note warn">{fault}</p>
  if (!offered) return <p>正在读取……</p>
  const start = async () => {
    setFault('')
    setProgress({ done: 0, of: 0 })
    try {
      await takeAlong(store, choice, setProgress)
      void takeAll(store)
      onDone()
    } catch (err) {
      setFault(`${describe(err)}。已存的仍在，可以再来一次。`)
    } finally {
      setProgress(undefined)
    }
  }
  const full = choice.forms.length >= MOST_FORMS
  return (
    <>
      <div className="field">
        <label htmlFor="village">哪些农户</label>
        <select id="village" value={choice.village} onChange={(e) => setChoice({ ...choice, village: e.target.value })}>
          <option value="">本人范围内的全部</option>
          <option value={OF_TASKS}>只带待办中的</option>
          {offered.villages.map((v) => (
            <option key={v.code} value={v.code}>
              {v.name}
            </option>
          ))}
        </select>
      </div>
      <fieldset className="field">
        <legend>要填的表（最多 {MOST_FORMS} 种）</legend>
        {offered.forms.map((f) => (
          <label key={f.code} className="choice">
            <input
              type="checkbox"
              checked={choice.forms.includes(f.code)}
              disabled={full && !choice.forms.includes(f.code)}
              onChange={(e) => setChoice({ ...choice, forms: e.target.checked ? [...choice.forms, f.code] : choice.forms.filter((c) => c !== f.code) })}
            />
            {f.title}
          </label>
        ))}
      </fieldset>
      <p className="muted">先带待办中的农户，再带其余的，最多 {MOST_HOUSEHOLDS} 户。带走的资料加密存放在本机，每户留有记录；退出登录即删去。</p>
      {fault && (
        <p className="note bad" role="alert">
          {fault}
        </p>
      )}
      {progress && (
        <p role="status">
          已带 {progress.done} / {progress.of} 户
          <progress value={progress.done} max={Math.max(1, progress.of)} aria-label="已带的户数" />
        </p>
      )}
      <div className="acts">
        <button type="button" className="main" disabled={!!progress} onClick={() => void start()}>
          {progress ? '正在带……' : '带到手机'}
        </button>
      </div>
    </>
  )
}
