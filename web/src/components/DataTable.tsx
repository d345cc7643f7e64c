import type { ReactNode } from 'react'
import type { ListSetting } from '../api/lists'
import './lists.css'

/** One column of a list. */
export interface Column<T> {
  key: string
  title: string
  cell: (row: T) => ReactNode
  /** The order of the server that this column can be sorted in. */
  sort?: string
  /** Always shown: what leads to the record. */
  fixed?: boolean
  /** Shown only when somebody chooses it. */
  off?: boolean
  className?: string
  /** On a phone a cell bears its title, unless it speaks for itself. */
  bare?: boolean
}

/** The columns that somebody has chosen, or those that are shown to whom has chosen none. */
export function shownColumns<T>(columns: Column<T>[], setting?: ListSetting): Column<T>[] {
  const chosen = setting?.columns ?? []
  return columns.filter((c) => c.fixed || (chosen.length > 0 ? chosen.includes(c.key) : !c.off))
}

interface Props<T> {
  columns: Column<T>[]
  rows: T[]
  idOf: (row: T) => string
  setting?: ListSetting
  sort?: string
  onSort?: (sort: string | undefined) => void
  /** Before the first column, such as a box to pick the row. */
  head?: ReactNode
  renderLead?: (row: T) => ReactNode
  /** What marks a row for others to find it. */
  mark?: (row: T) => Record<`data-${string}`, string>
}

/** A list of the server as a table, page by page; on a phone each row is a card. */
export function DataTable<T>({ columns, rows, idOf, setting, sort, onSort, head, renderLead, mark }: Props<T>) {
  const shown = shownColumns(columns, setting)
  return (
    <table className={`list ${setting?.density === 'tight' ? 'tight' : ''}`}>
      <thead>
        <tr>
          {head !== undefined && <th>{head}</th>}
          {shown.map((c) => {
            const sorted = Boolean(c.sort && c.sort === sort)
            return (
              <th key={c.key} scope="col" aria-sort={sorted ? 'other' : undefined}>
                {c.sort && onSort ? (
                  <button type="button" title={sorted ? '恢复原来的次序' : `按${c.title}排列`} onClick={() => onSort(sorted ? undefined : c.sort)}>
                    {c.title} {sorted ? '▾' : '↕'}
                  </button>
                ) : (
                  c.title
                )}
              </th>
            )
          })}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={idOf(row)} {...mark?.(row)}>
            {renderLead && <td className="pick">{renderLead(row)}</td>}
            {shown.map((c) => (
              <td key={c.key} className={c.className} data-label={c.fixed || c.bare ? undefined : c.title}>
                {c.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
