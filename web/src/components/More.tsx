import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { Button } from 'antd'
import { counted } from './Pager'

interface Page<T> {
  items: T[]
  total?: number
}

/** All that has been read of a list, and how many there are. */
export const readOf = <T,>(data: InfiniteData<Page<T>> | undefined) => ({ items: data?.pages.flatMap((p) => p.items) ?? [], total: data?.pages[0]?.total ?? 0 })

/** 更多: the next page below the ones that are shown. */
export function More<T>({ query }: { query: UseInfiniteQueryResult<InfiniteData<Page<T>>> }) {
  const { items, total } = readOf(query.data)
  if (!query.hasNextPage) return null
  return (
    <p className="gap">
      <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        更多
      </Button>
      <span className="muted num">
        　已显示 {items.length} 条，共 {counted(total)}
      </span>
    </p>
  )
}
