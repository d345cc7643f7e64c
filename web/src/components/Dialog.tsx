import { Button } from 'antd'
import { type ReactNode, useEffect, useId, useRef } from 'react'

interface Props {
  title: string
  children: ReactNode
  /** The word on the main button; without it there is only the closing one. */
  okText?: string
  closeText?: string
  okDisabled?: boolean
  busy?: boolean
  onOk?: () => void
  onClose: () => void
  /** Takes as much of the screen as it needs, for pictures. */
  wide?: boolean
}

/**
 * The browser's own dialog: it keeps the focus, closes on Escape and needs no styles of
 * its own making (antd's locks the page with a style element that the security policy
 * refuses). Lists that open must not be used inside it: they would lie beneath.
 */
export function Dialog({ title, children, okText, closeText = '关闭', okDisabled, busy, onOk, onClose, wide }: Props) {
  const box = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const el = box.current
    // Safari before 15.4 knows no modal dialogs.
    if (el && !el.open) {
      if (typeof el.showModal === 'function') el.showModal()
      else el.setAttribute('open', '')
    }
    return () => el?.close?.()
  }, [])
  return (
    <dialog
      ref={box}
      className={wide ? 'dialog dialog-wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault()
        onClose()
      }}
    >
      <h2 id={id}>{title}</h2>
      <div className="dialog-body">{children}</div>
      <div className="dialog-foot">
        <Button onClick={onClose}>{closeText}</Button>
        {okText && (
          <Button type="primary" disabled={okDisabled} loading={busy} onClick={onOk}>
            {okText}
          </Button>
        )}
      </div>
    </dialog>
  )
}
