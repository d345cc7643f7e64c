import { useMutation } from '@tanstack/react-query'
import { Alert, Input } from 'antd'
import { type ReactNode, useId, useState } from 'react'
import { describe } from '../api/problem'
import { Dialog } from './Dialog'

interface Props<T> {
  title: string
  okText: string
  placeholder: string
  /** Asks for what is hidden; nothing of the answer is kept when the dialog is closed. */
  ask: (purpose: string) => Promise<T>
  /** What has come. */
  children: (data: T) => ReactNode
  onClose: () => void
}

/** Something hidden from the eye, in full: for a written purpose, and recorded. */
export function ForPurpose<T>({ title, okText, placeholder, ask, children, onClose }: Props<T>) {
  const name = useId()
  const [purpose, setPurpose] = useState('')
  const asked = useMutation({ mutationFn: () => ask(purpose.trim()), gcTime: 0 })
  return (
    <Dialog title={title} okText={asked.data === undefined ? okText : undefined} okDisabled={purpose.trim().length < 4} busy={asked.isPending} onOk={() => asked.mutate()} onClose={onClose}>
      {asked.data === undefined && (
        <label htmlFor={name}>
          用途（不少于 4 个字，将连同您的姓名和时间一并记录）
          <Input id={name} value={purpose} maxLength={200} autoComplete="off" placeholder={placeholder} onChange={(e) => setPurpose(e.target.value)} />
        </label>
      )}
      {asked.error && <Alert type="error" title={describe(asked.error)} role="alert" />}
      {asked.data !== undefined && children(asked.data)}
    </Dialog>
  )
}
