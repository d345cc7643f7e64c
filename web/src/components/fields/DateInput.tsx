import { Button, DatePicker, Input, Space } from 'antd'
import dayjs from 'dayjs'
import { civilToInstant, instantToCivil } from '../../lib/dates'
import { usePhone } from '../../lib/hooks'
import { serverNow } from '../../lib/now'

interface Props {
  id?: string
  value?: string
  onChange?: (value: string | undefined) => void
}

/** A day, "2006-01-02". A phone uses its own picker. */
export function DateInput({ id, value, onChange }: Props) {
  const phone = usePhone()
  if (phone) return <Input id={id} type="date" value={value ?? ''} onChange={(e) => onChange?.(e.target.value || undefined)} />
  return <DatePicker id={id} style={{ width: '100%' }} placeholder="年-月-日" value={value ? dayjs(value) : null} onChange={(d) => onChange?.(d ? d.format('YYYY-MM-DD') : undefined)} />
}

/** A month, "2006-01". A phone uses its own picker. */
export function MonthInput({ id, value, onChange }: Props) {
  const phone = usePhone()
  if (phone) return <Input id={id} type="month" value={value ?? ''} onChange={(e) => onChange?.(e.target.value || undefined)} />
  return <DatePicker id={id} picker="month" style={{ width: '100%' }} placeholder="年-月" value={value ? dayjs(`${value}-01`) : null} onChange={(d) => onChange?.(d ? d.format('YYYY-MM') : undefined)} />
}

/** A moment in Chinese time, RFC 3339 with +08:00, whatever zone the device is set to. */
export function DateTimeInput({ id, value, onChange }: Props) {
  const phone = usePhone()
  const civil = value ? instantToCivil(value) : ''
  const set = (text: string | undefined) => onChange?.(text ? civilToInstant(text) : undefined)
  return (
    <Space.Compact block>
      {phone ? (
        <Input id={id} type="datetime-local" value={civil} onChange={(e) => set(e.target.value)} />
      ) : (
        <DatePicker
          id={id}
          style={{ width: '100%' }}
          placeholder="年-月-日 时:分"
          showTime={{ format: 'HH:mm' }}
          showNow={false}
          format="YYYY-MM-DD HH:mm"
          value={civil ? dayjs(civil) : null}
          onChange={(d) => set(d?.format('YYYY-MM-DDTHH:mm'))}
        />
      )}
      <Button onClick={() => set(instantToCivil(new Date(serverNow()).toISOString()))}>现在</Button>
    </Space.Compact>
  )
}
