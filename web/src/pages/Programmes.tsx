import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { useState } from 'react'
import { programmesQuery } from '../api/queries'
import type { Programme } from '../api/types'
import { ExportButton } from '../components/ExportButton'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useTitle } from '../lib/hooks'
import { ProgrammeForm } from './programme/ProgrammeForm'

/** 整改方案: the programmes of my area, newest first. */
export function Programmes() {
  useTitle('整改方案')
  const pages = usePages('programmes')
  const programmes = useQuery(programmesQuery(pages.cursor))
  const [creating, setCreating] = useState(false)
  const regions = programmes.data?.can_create ?? []
  return (
    <div className="page">
      <div className="page-head">
        <h1>整改方案</h1>
        <span className="muted">一个方案管一批问题：阶段、截止日期、进度和通报</span>
        <ExportButton list="programmes" />
      </div>
      {creating ? (
        <ProgrammeForm regions={regions} onClose={() => setCreating(false)} />
      ) : (
        regions.length > 0 && (
          <p className="gap">
            <Button type="primary" size="large" onClick={() => setCreating(true)}>
              新建方案
            </Button>
          </p>
        )
      )}
      <Loaded query={programmes}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有整改方案">由乡镇、县级乡村振兴部门建立。</Nothing>
          ) : (
            <>
              <List items={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function List({ items }: { items: Programme[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">方案</th>
          <th scope="col">地区</th>
          <th scope="col">截止</th>
          <th scope="col">问题</th>
          <th scope="col">未完成</th>
          <th scope="col">逾期</th>
        </tr>
      </thead>
      <tbody>
        {items.map((p) => (
          <tr key={p.id} data-programme={p.id}>
            <td>
              <Link className="main-link" to="/programmes/$id" params={{ id: p.id }} search={{}}>
                {p.title}
              </Link>
              <div className="small">{p.no}</div>
            </td>
            <td data-label="地区">{p.region_name}</td>
            <td data-label="截止" className="num">
              {p.cut_off ?? '—'}
            </td>
            <td data-label="问题" className="num">
              {p.total}
            </td>
            <td data-label="未完成" className="num">
              {p.open}
            </td>
            <td data-label="逾期" className="num">
              {p.overdue > 0 ? <strong className="late">{p.overdue}</strong> : 0}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
