import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button, Checkbox } from 'antd'
import { useState } from 'react'
import { countsQuery, meQuery, tasksQuery, type TaskFilter } from '../api/queries'
import type { Task } from '../api/types'
import { BulkBar } from '../components/BulkBar'
import { BulkStart } from '../components/BulkJob'
import { ExportButton } from '../components/ExportButton'
import { Figures } from '../components/Figures'
import { HiddenOverdue } from '../components/HiddenOverdue'
import { FilterBar, NameSearch, ProcedureSelect, VillageSelect } from '../components/Filters'
import { ListTools } from '../components/ListTools'
import { Pager, usePages } from '../components/Pager'
import { Loaded, Nothing } from '../components/PageState'
import { StandingIn } from '../components/StandingIn'
import { taskColumns, TaskRows } from '../components/TaskRows'
import { WorkTabs } from '../components/WorkTabs'
import { useTitle } from '../lib/hooks'
import { useListSetting, useSearched, useTotal } from '../lib/lists'

const route = getRouteApi('/staff/')

/** 待办: what waits for me, the most urgent first. The filter stands in the address. */
export function Inbox() {
  useTitle('待办')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const [q, setQ] = useSearched('tasks')
  const asked = { ...filter, q }
  const pages = usePages(asked)
  const counts = useQuery(countsQuery)
  const me = useQuery(meQuery)
  const tasks = useQuery(tasksQuery(asked, pages.cursor))
  const total = useTotal(tasksQuery(asked))
  const { setting } = useListSetting('tasks')
  const [bulk, setBulk] = useState(false)
  const [picked, setPicked] = useState<Map<string, Task>>(new Map())

  const narrow = (change: Partial<TaskFilter>) => {
    setPicked(new Map())
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  }
  const pick = (task: Task, on: boolean) =>
    setPicked((old) => {
      const now = new Map(old)
      if (on) now.set(task.id, task)
      else now.delete(task.id)
      return now
    })

  const filtered = Boolean(q || filter.village || filter.procedure || filter.mine || filter.returned || filter.due)
  return (
    <div className="page">
      <div className="page-head">
        <h1>我的待办</h1>
        <span className="muted">最急的在前</span>
        <span className="acts pairs">
          <Button onClick={() => setBulk(true)}>批量办理</Button>
          <ExportButton list="tasks" filter={asked} />
        </span>
      </div>
      <WorkTabs />
      {me.data && <StandingIn me={me.data} />}
      <Figures counts={counts.data} filter={filter} />
      <FilterBar active={Boolean(filter.village || filter.procedure || filter.mine)} search={
          <NameSearch
            value={q}
            onChange={(next) => {
              setPicked(new Map())
              setQ(next)
            }}
          />
        }>
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village })} />
        <ProcedureSelect value={filter.procedure} onChange={(procedure) => narrow({ procedure })} />
        <Checkbox className="tall" checked={filter.mine ?? false} onChange={(e) => narrow({ mine: e.target.checked || undefined })}>
          只看我已领取的
        </Checkbox>
        <Checkbox className="tall" checked={filter.returned ?? false} onChange={(e) => narrow({ returned: e.target.checked || undefined })}>
          只看退回过的
        </Checkbox>
        {filtered && (
          <Button
            type="link"
            onClick={() => {
              setQ(undefined)
              void navigate({ search: {}, replace: true })
            }}
          >
            清除条件
          </Button>
        )}
      </FilterBar>
      <ListTools list="tasks" columns={taskColumns} filter={{ ...filter }} onFilter={(search) => void navigate({ search: search as TaskFilter, replace: true })} />
      {bulk && <BulkStart filter={asked} total={total} sample={tasks.data?.items[0]} onClose={() => setBulk(false)} />}
      {picked.size > 0 && <BulkBar tasks={[...picked.values()]} total={total} onAll={() => setBulk(true)} onDone={() => setPicked(new Map())} />}
      <HiddenOverdue count={tasks.data?.hidden_overdue} />
      <Loaded query={tasks}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty filtered={filtered} />
          ) : (
            <>
              <TaskRows tasks={page.items} picked={picked} onPick={pick} setting={setting} sort={filter.sort} onSort={(sort) => narrow({ sort: sort as TaskFilter['sort'] })} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} total={total} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function Empty({ filtered }: { filtered: boolean }) {
  if (filtered) return <Nothing title="没有符合条件的待办">请放宽或清除条件。</Nothing>
  return (
    <Nothing title="待办已全部办完">
      发现农户有返贫致贫风险的，可在 <Link to="/households">农户</Link> 中选择该户，登记线索。
    </Nothing>
  )
}
