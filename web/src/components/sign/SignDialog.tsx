import type { Piece } from '../../lib/photo'
import { Dialog } from '../Dialog'
import { SignSheet } from './SignSheet'

interface Props {
  title: string
  kind: string
  places: string[]
  names?: { household?: string; own?: string }
  onSigned: (piece: Piece) => Promise<void>
  onClose: () => void
}

/** Signing on the desk's screen. */
export function SignDialog({ title, onSigned, onClose, ...sheet }: Props) {
  const done = async (piece: Piece) => {
    await onSigned(piece)
    onClose()
  }
  return (
    <Dialog title={title} wide onClose={onClose}>
      <SignSheet {...sheet} onSigned={done} onCancel={onClose} />
    </Dialog>
  )
}
