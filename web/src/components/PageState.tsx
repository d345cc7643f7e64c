import { Link, type ErrorComponentProps } from '@tanstack/react-router'
import { Alert, Button, Spin } from 'antd'
import type { ReactNode } from 'react'
import { describe } from '../api/problem'

/** A page or part that is still being fetched. */
export function PageLoading() {
  return (
    <div className="state" role="status">
      <Spin size="large" />
      <p>正在载入……</p>
    </div>
  )
}

/** A fetch that failed, with the way to try again. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const action = onRetry && (
    <Button size="small" onClick={onRetry}>
      再试一次
    </Button>
  )
  return <Alert type="error" showIcon title={describe(error)} action={action} />
}

export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <div className="page">
      <Failed error={error} onRetry={reset} />
    </div>
  )
}

export function PageMissing() {
  return (
    <div className="state">
      <p>没有这个页面。</p>
      <Link to="/">回到待办</Link>
    </div>
  )
}

/** A list without entries says what to do next. */
export function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <p className="state-title">{title}</p>
      {children}
    </div>
  )
}

interface Query<T> {
  data: T | undefined
  error: unknown
  refetch: () => unknown
}

/** Shows what a query has: loading, failed, or its data. */
export function Loaded<T>({ query, children }: { query: Query<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <Failed error={query.error} onRetry={() => void query.refetch()} />
  return <PageLoading />
}
