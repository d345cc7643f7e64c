import { Button } from 'antd'
import { useState } from 'react'
import { useShortcut } from '../lib/keys'

/** The way through a list that is paged by key: the cursors passed so far, the present one last. */
export function usePages(filter: unknown) {
  const mark = JSON.stringify(filter)
  const [state, setState] = useState<{ mark: string; cursors: string[] }>({ mark, cursors: [] })
  const cursors = state.mark === mark ? state.cursors : []
  return {
    cursor: cursors[cursors.length - 1],
    number: cursors.length + 1,
    next: (cursor: string) => setState({ mark, cursors: [...cursors, cursor] }),
    back: () => setState({ mark, cursors: cursors.slice(0, -1) }),
    first: () => setState({ mark, cursors: [] }),
  }
}

/** Nobody counts further than that. */
export const counted = (total: number) => (total > 10_000 ? '10000 条以上' : `${total} 条`)

interface Props {
  pages: ReturnType<typeof usePages>
  next?: string
  count: number
  total?: number
}

export function Pager({ pages, next, count, total }: Props) {
  const turn = (act: () => void) => () => {
    act()
    window.scrollTo({ top: 0 })
  }
  useShortcut('n', '下一页', turn(() => next && pages.next(next)), Boolean(next))
  useShortcut('p', '上一页', turn(pages.back), pages.number > 1)
  return (
    <nav className="pager" aria-label="翻页">
      <span className="muted num">
        第 {pages.number} 页，本页 {count} 条{total !== undefined && `，共 ${counted(total)}`}
      </span>
      <span className="acts">
        <Button disabled={pages.number === 1} onClick={turn(pages.back)}>
          上一页
        </Button>
        <Button disabled={!next} onClick={turn(() => next && pages.next(next))}>
          下一页
        </Button>
      </span>
    </nav>
  )
}
