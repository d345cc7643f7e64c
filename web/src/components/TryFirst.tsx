import { Button } from 'antd'
import type { ReactNode } from 'react'

interface Props {
  /** What the trial's button says. */
  label: string
  /** Whether the form is whole, so that it can be tried. */
  ready: boolean
  /** What the button of the act itself says, once the form was tried as it stands. */
  confirm?: string
  busy: boolean
  onTry: () => void
  onConfirm: () => void
  onBack: () => void
  children?: ReactNode
}

/** The foot of a form that is tried before it counts: the act stands beside the trial and never in its place, where a double click would reach it. */
export function TryFirst({ label, ready, confirm, busy, onTry, onConfirm, onBack, children }: Props) {
  return (
    <div className="form-foot">
      <Button type={confirm ? 'default' : 'primary'} loading={busy} disabled={!ready} onClick={onTry}>
        {label}
      </Button>
      {confirm && (
        <Button type="primary" loading={busy} onClick={onConfirm}>
          {confirm}
        </Button>
      )}
      <Button onClick={onBack}>返回</Button>
      {children}
    </div>
  )
}
