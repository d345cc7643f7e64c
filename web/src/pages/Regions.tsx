import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Input } from 'antd'
import { useId, useState } from 'react'
import { areasQuery } from '../api/areas'
import { api, unwrap } from '../api/client'
import type { Region } from '../api/types'
import { Faults } from '../components/Faults'
import { NameSearch } from '../components/Filters'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useAct } from '../lib/act'
import { useTitle } from '../lib/hooks'
import { BoundaryUpload } from './map/BoundaryUpload'

/** 区划: the tree of areas, which the system administrator keeps. */
export function Regions() {
  useTitle('区划')
  const [q, setQ] = useState<string>()
  const pages = usePages(q)
  const regions = useQuery(areasQuery(q, pages.cursor))
  const [editing, setEditing] = useState<Region | 'new'>()
  const [outlining, setOutlining] = useState(false)
  return (
    <div className="page">
      <div className="page-head">
        <h1>区划</h1>
        <span className="muted">县 6 位、乡镇 9 位、村 12 位代码；更名后下级的全称随之改变</span>
      </div>
      {editing ? (
        <RegionForm key={editing === 'new' ? 'new' : editing.code} of={editing} onClose={() => setEditing(undefined)} />
      ) : (
        <p className="gap acts">
          <Button type="primary" size="large" onClick={() => setEditing('new')}>
            添加区划
          </Button>
          <Button size="large" onClick={() => setOutlining(true)}>
            导入地区界线
          </Button>
        </p>
      )}
      {outlining && <BoundaryUpload onClose={() => setOutlining(false)} />}
      <div className="filters">
        <NameSearch value={q} onChange={setQ} label="名称或代码" placeholder="名称中的文字，或代码的开头" />
      </div>
      <Loaded query={regions}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有符合条件的区划">请核对名称或代码。</Nothing>
          ) : (
            <>
              <Rows items={page.items} onRename={setEditing} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

/** The tree in lines, each level further in. */
function Rows({ items, onRename }: { items: Region[]; onRename: (r: Region) => void }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">名称</th>
          <th scope="col">代码</th>
          <th scope="col">操作</th>
        </tr>
      </thead>
      <tbody>
        {items.map((r) => (
          <tr key={r.code}>
            <td>
              {'　'.repeat(Math.max(0, (r.code.length - 6) / 3))}
              {r.name}
            </td>
            <td data-label="代码" className="num">
              {r.code}
            </td>
            <td className="row-acts">
              {r.in_scope && (
                <Button onClick={() => onRename(r)} aria-label={`${r.name} 更名`}>
                  更名
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function RegionForm({ of, onClose }: { of: Region | 'new'; onClose: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const { act, busy, faults } = useAct()
  const id = useId()
  const [code, setCode] = useState(of === 'new' ? '' : of.code)
  const [name, setName] = useState(of === 'new' ? '' : of.name)
  const save = () => {
    const body = { name: name.trim() }
    void act({ code, ...body }, () => unwrap(api.PUT('/regions/{code}', { params: { path: { code } }, body })), async () => {
      void message.success('已保存')
      await client.invalidateQueries()
      onClose()
    })
  }
  return (
    <section className="panel" aria-label="区划">
      <div className="filters">
        <label htmlFor={`${id}code`}>
          代码
          <Input id={`${id}code`} value={code} autoFocus={of === 'new'} disabled={of !== 'new'} maxLength={12} inputMode="numeric" onChange={(e) => setCode(e.target.value.trim())} />
        </label>
        <label htmlFor={`${id}name`}>
          名称
          <Input id={`${id}name`} value={name} autoFocus={of !== 'new'} maxLength={50} onChange={(e) => setName(e.target.value)} />
        </label>
      </div>
      <Faults list={faults} />
      <div className="form-foot">
        <Button type="primary" loading={busy} disabled={!/^\d{4,12}$/.test(code) || name.trim() === ''} onClick={save}>
          保存
        </Button>
        <Button onClick={onClose}>返回</Button>
      </div>
    </section>
  )
}
