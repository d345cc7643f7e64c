import { Input } from 'antd'
import { useState } from 'react'
import { fenToYuan, yuanToFen } from '../../lib/money'

interface Props {
  id?: string
  /** Its name where no label stands beside it. */
  label?: string
  /** Fen; a text is what was typed and is no amount (the rule says so). */
  value?: number | string | null
  onChange?: (value: number | string | null) => void
}

const show = (value: Props['value']) => (typeof value === 'number' ? fenToYuan(value) : (value ?? ''))

/** An amount in 元 on the screen, in fen for the form. */
export function MoneyInput({ id, label, value, onChange }: Props) {
  const [typed, setTyped] = useState<string>()
  return (
    <Input
      id={id}
      aria-label={label}
      inputMode="decimal"
      suffix="元"
      value={typed ?? show(value)}
      onChange={(e) => {
        setTyped(e.target.value)
        const fen = yuanToFen(e.target.value)
        onChange?.(fen === undefined ? e.target.value : fen)
      }}
      onBlur={() => setTyped(undefined)}
    />
  )
}
