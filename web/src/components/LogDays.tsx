import { useId } from 'react'
import type { LogFilter } from '../api/queries'
import { DateInput } from './fields/DateInput'

/** From which day until which. */
export function LogDays({ filter, onChange }: { filter: LogFilter; onChange: (more: LogFilter) => void }) {
  const id = useId()
  return (
    <>
      <label htmlFor={`${id}from`}>
        自
        <DateInput id={`${id}from`} value={filter.from} onChange={(from) => onChange({ from })} />
      </label>
      <label htmlFor={`${id}until`}>
        至
        <DateInput id={`${id}until`} value={filter.until} onChange={(until) => onChange({ until })} />
      </label>
    </>
  )
}
