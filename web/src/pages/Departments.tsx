import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { deptKindsQuery, deptListsQuery } from '../api/queries'
import type { DeptList } from '../api/types'
import { ExportButton } from '../components/ExportButton'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useTitle } from '../lib/hooks'
import { ListImport } from './departments/ListImport'
import { Reviews } from './departments/Reviews'

/** 部门名单: the lists that departments send, what came of them, and the doubts that people decide. */
export function Departments() {
  useTitle('部门名单')
  const kinds = useQuery(deptKindsQuery)
  const [importing, setImporting] = useState(false)
  const [corrects, setCorrects] = useState<DeptList>()
  return (
    <div className="page">
      <div className="page-head">
        <h1>部门名单</h1>
        <span className="muted">只保留在册人员的内容，其余只计数</span>
        <span className="acts">
          <ExportButton list="dept_lists" />
          {!importing && (
            <Button type="primary" disabled={!kinds.data?.items.length} onClick={() => setImporting(true)}>
              导入名单
            </Button>
          )}
        </span>
      </div>
      {importing && kinds.data && (
        <ListImport
          key={corrects?.id}
          kinds={kinds.data.items}
          corrects={corrects}
          onClose={() => {
            setImporting(false)
            setCorrects(undefined)
          }}
        />
      )}
      {kinds.data?.reviews && <Reviews />}
      <Lists
        onCorrect={(l) => {
          setCorrects(l)
          setImporting(true)
          window.scrollTo({ top: 0 })
        }}
      />
    </div>
  )
}

function Lists({ onCorrect }: { onCorrect: (l: DeptList) => void }) {
  const pages = usePages('')
  const lists = useQuery(deptListsQuery(pages.cursor))
  return (
    <Loaded query={lists}>
      {(page) =>
        page.items.length === 0 ? (
          <Nothing title="还没有导入过名单">选择名单类别和文件，先预览再导入。</Nothing>
        ) : (
          <>
            <table className="list">
              <thead>
                <tr>
                  <th scope="col">名单</th>
                  <th scope="col">数据截止</th>
                  <th scope="col">行数</th>
                  <th scope="col">结果</th>
                  <th scope="col">办理</th>
                </tr>
              </thead>
              <tbody>
                {page.items.map((l) => (
                  <tr key={l.id}>
                    <td>
                      {l.dept_title} · {l.kind_title}
                      <div className="small">
                        {l.region_name} {l.file}
                      </div>
                    </td>
                    <td data-label="数据截止" className="num nowrap">
                      {l.as_of}
                    </td>
                    <td data-label="行数" className="num">
                      {l.rows}
                    </td>
                    <td data-label="结果">
                      {l.corrects && '更正名单；'}
                      {resultOf(l)}
                    </td>
                    <td data-label="办理">{l.state === 'done' && <Button onClick={() => onCorrect(l)}>更正</Button>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
          </>
        )
      }
    </Loaded>
  )
}

/** What came of a list, in one line; a department hears only how many rows could be used. */
export function resultOf(l: DeptList): string {
  const parts: [string, number | undefined][] = [
    ['在册', l.matched],
    ['待核对', l.doubtful],
    ['不在册', l.outside],
    ['与上次相同', l.refreshed],
    ['早于已知', l.older],
    ['新线索', l.clues],
    ['医疗预警', l.alerts],
    ['登记册更正', l.corrections],
  ]
  const told = parts.filter(([, n]) => n).map(([word, n]) => `${word} ${n}`)
  const state = l.state === 'done' ? '' : l.state === 'reading' ? `已读 ${l.done_rows} 行，中断后重新导入同一文件即接着办；` : '正在形成线索；'
  return `${state}可用 ${l.usable}，有误 ${l.rejected}${told.length ? `；${told.join('，')}` : ''}`
}
