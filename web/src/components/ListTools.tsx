import { Button, Checkbox, Input, Radio } from 'antd'
import { useEffect, useId, useRef, useState } from 'react'
import type { ListCode, ListSetting, SavedFilter } from '../api/lists'
import { describe } from '../api/problem'
import { useListSetting } from '../lib/lists'
import type { Column } from './DataTable'
import { Dialog } from './Dialog'
import './lists.css'

type Filter = Record<string, unknown>

/** The conditions of the address as they are kept: what is not set is left out. */
const kept = (filter: Filter): Record<string, string> => Object.fromEntries(Object.entries(filter).flatMap(([k, v]) => (v === undefined || v === '' ? [] : [[k, String(v)]])))
const same = (a: Record<string, string>, b: Record<string, string>) => Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((k) => a[k] === b[k])

interface Props<T> {
  list: ListCode
  columns: Column<T>[]
  /** The conditions that stand in the address. */
  filter: Filter
  onFilter: (filter: Record<string, string>) => void
}

/** 常用查询 and 显示: the conditions I keep for a list by name, and which of its columns I see. */
export function ListTools<T>({ list, columns, filter, onFilter }: Props<T>) {
  const { setting, loaded, save } = useListSetting(list)
  const [doing, setDoing] = useState<'saving' | 'managing' | 'columns'>()
  const now = kept(filter)
  useFirst(loaded, setting, now, onFilter)
  const close = () => setDoing(undefined)
  return (
    <div className="list-tools" role="group" aria-label="常用查询和显示">
      <span className="saved">
        {setting.saved.map((s) => (
          <Button key={s.name} size="small" aria-pressed={same(s.filter, now)} onClick={() => onFilter(s.filter)}>
            {s.name}
          </Button>
        ))}
        {Object.keys(now).length > 0 && !setting.saved.some((s) => same(s.filter, now)) && (
          <Button size="small" type="dashed" onClick={() => setDoing('saving')}>
            存为常用查询
          </Button>
        )}
        {setting.saved.length > 0 && (
          <Button size="small" type="link" onClick={() => setDoing('managing')}>
            管理
          </Button>
        )}
      </span>
      <Button size="small" onClick={() => setDoing('columns')}>
        显示的列
      </Button>
      <span className="keys muted">J、K 选择，Enter 打开，/ 查找，N、P 翻页</span>
      {save.error && (
        <span role="alert" className="tag over">
          {describe(save.error)}
        </span>
      )}
      {doing === 'saving' && <Saving setting={setting} filter={now} onSave={(next) => save.mutate(next, { onSuccess: close })} busy={save.isPending} onClose={close} />}
      {doing === 'managing' && <Managing setting={setting} onSave={(next) => save.mutate(next, { onSuccess: close })} busy={save.isPending} onClose={close} />}
      {doing === 'columns' && <Columns setting={setting} columns={columns} onSave={(next) => save.mutate(next, { onSuccess: close })} busy={save.isPending} onClose={close} />}
    </div>
  )
}

/** The saved conditions that hold when the list is opened without any. */
function useFirst(loaded: boolean, setting: ListSetting, now: Record<string, string>, onFilter: Props<unknown>['onFilter']) {
  const asked = useRef(false)
  useEffect(() => {
    if (!loaded || asked.current) return
    asked.current = true
    const first = setting.saved.find((s) => s.first)
    if (first && Object.keys(now).length === 0) onFilter(first.filter)
    // Once, when the page is opened.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [loaded])
}

interface DialogProps {
  setting: ListSetting
  busy: boolean
  onSave: (next: ListSetting) => void
  onClose: () => void
}

function Saving({ setting, filter, busy, onSave, onClose }: DialogProps & { filter: Record<string, string> }) {
  const id = useId()
  const [name, setName] = useState('')
  const [first, setFirst] = useState(false)
  const taken = setting.saved.some((s) => s.name === name.trim())
  const add = (): SavedFilter[] => [...setting.saved.map((s) => (first ? { ...s, first: false } : s)), { name: name.trim(), filter, first }]
  return (
    <Dialog title="存为常用查询" okText="保存" okDisabled={!name.trim() || taken} busy={busy} onOk={() => onSave({ ...setting, saved: add() })} onClose={onClose}>
      <label htmlFor={id}>名称（不要写农户姓名）</label>
      <Input id={id} value={name} maxLength={30} autoComplete="off" placeholder="如：本镇监测户" onChange={(e) => setName(e.target.value)} />
      {taken && <p className="muted">已有同名的常用查询。</p>}
      <p className="gap" />
      <Checkbox checked={first} onChange={(e) => setFirst(e.target.checked)}>
        打开这个列表时使用
      </Checkbox>
    </Dialog>
  )
}

function Managing({ setting, busy, onSave, onClose }: DialogProps) {
  const [rows, setRows] = useState(setting.saved)
  const change = (i: number, to: Partial<SavedFilter>) => setRows(rows.map((r, n) => (n === i ? { ...r, ...to } : to.first ? { ...r, first: false } : r)))
  const names = rows.map((r) => r.name.trim())
  const fine = names.every((n, i) => n && names.indexOf(n) === i)
  return (
    <Dialog title="管理常用查询" okText="保存" okDisabled={!fine} busy={busy} onOk={() => onSave({ ...setting, saved: rows.map((r) => ({ ...r, name: r.name.trim() })) })} onClose={onClose}>
      <ul className="saved-rows">
        {rows.map((r, i) => (
          // The place is the name of a row here: its name is what changes.
          // eslint-disable-next-line react/no-array-index-key
          <li key={i}>
            <Input aria-label={`第 ${i + 1} 个的名称`} value={r.name} maxLength={30} onChange={(e) => change(i, { name: e.target.value })} />
            <Checkbox checked={r.first ?? false} onChange={(e) => change(i, { first: e.target.checked })}>
              打开时使用
            </Checkbox>
            <Button danger aria-label={`删除 ${r.name}`} onClick={() => setRows(rows.filter((_, n) => n !== i))}>
              删除
            </Button>
          </li>
        ))}
      </ul>
      {rows.length === 0 && <p className="muted">保存后没有常用查询。</p>}
    </Dialog>
  )
}

function Columns<T>({ setting, columns, busy, onSave, onClose }: DialogProps & { columns: Column<T>[] }) {
  const usual = columns.filter((c) => !c.fixed && !c.off).map((c) => c.key)
  const [chosen, setChosen] = useState(setting.columns.length > 0 ? setting.columns : usual)
  const [density, setDensity] = useState(setting.density)
  const columnsNow = columns.filter((c) => chosen.includes(c.key)).map((c) => c.key)
  return (
    <Dialog title="显示的列" okText="保存" okDisabled={columnsNow.length === 0} busy={busy} onOk={() => onSave({ ...setting, columns: columnsNow, density })} onClose={onClose}>
      <div className="choices">
        {columns
          .filter((c) => !c.fixed)
          .map((c) => (
            <Checkbox key={c.key} checked={chosen.includes(c.key)} onChange={(e) => setChosen(e.target.checked ? [...chosen, c.key] : chosen.filter((k) => k !== c.key))}>
              {c.title}
            </Checkbox>
          ))}
      </div>
      <Radio.Group
        aria-label="行距"
        value={density}
        onChange={(e) => setDensity(e.target.value as ListSetting['density'])}
        options={[
          { value: 'normal', label: '行距正常' },
          { value: 'tight', label: '行距紧凑' },
        ]}
      />
      <p className="gap" />
      <Button type="link" onClick={() => setChosen(usual)}>
        恢复缺省的列
      </Button>
    </Dialog>
  )
}
