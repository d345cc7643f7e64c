import { useNavigate } from '@tanstack/react-router'
import { Checkbox } from 'antd'
import { useEffect, useState } from 'react'
import { search, setKeysOn, shortcutsNow, step, useKeyboard, useKeysOn, useShortcut } from '../lib/keys'
import '../desk.css'
import { Dialog } from './Dialog'

/** Where g and a letter lead. */
const places = [
  { key: 'w', to: '/desk', title: '工作台' },
  { key: 'd', to: '/', title: '待办' },
  { key: 'y', to: '/done', title: '已办' },
  { key: 'f', to: '/started', title: '我发起的' },
  { key: 's', to: '/copies', title: '抄送我的' },
  { key: 'n', to: '/households', title: '农户' },
  { key: 'a', to: '/cases', title: '案件查询' },
  { key: 'x', to: '/messages', title: '消息' },
] as const

const OPEN = 'shouwang-key-sheet'

/** Opens the sheet from elsewhere, as from the menu of the account. */
export const showKeySheet = () => document.dispatchEvent(new Event(OPEN))

/** The keys that work on every page, and the sheet that tells them. */
export function Keyboard({ work }: { work: boolean }) {
  const [open, setOpen] = useState(false)
  useKeyboard()
  useEffect(() => {
    const show = () => setOpen(true)
    document.addEventListener(OPEN, show)
    return () => document.removeEventListener(OPEN, show)
  }, [])
  useShortcut('?', '显示快捷键', () => setOpen(true))
  useShortcut('/', '查找', search)
  useShortcut('j', '列表下一行', () => step(1))
  useShortcut('k', '列表上一行', () => step(-1))
  useLines()
  return (
    <>
      {work && places.map((p) => <Place key={p.key} place={p} />)}
      {open && <Sheet onClose={() => setOpen(false)} />}
    </>
  )
}

function Place({ place }: { place: (typeof places)[number] }) {
  const navigate = useNavigate()
  useShortcut(`g ${place.key}`, `到${place.title}`, () => void navigate({ to: place.to, search: {} }))
  return null
}

/** Arrows go from line to line once a line has the focus; elsewhere they scroll as ever. Escape leaves a search box. */
function useLines() {
  useEffect(() => {
    const listen = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement
      if (e.key === 'Escape' && target.matches?.('#main .ant-input-search input')) {
        e.preventDefault() // the browser would empty the box, and what was found would be gone
        target.blur()
      }
      if (e.ctrlKey || e.altKey || e.metaKey || !target.matches?.('#main .list .main-link')) return
      if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return
      e.preventDefault()
      step(e.key === 'ArrowDown' ? 1 : -1)
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])
}

/** What can be pressed on this page, and the switch for those keys that need no Ctrl. */
function Sheet({ onClose }: { onClose: () => void }) {
  const on = useKeysOn()
  const [known] = useState(shortcutsNow)
  return (
    <Dialog title="键盘快捷键" onClose={onClose}>
      <Checkbox checked={on} onChange={(e) => setKeysOn(e.target.checked)}>
        使用单键快捷键（语音输入或容易误按时请关闭）
      </Checkbox>
      <dl className="keys">
        <KeyLine keys="Ctrl+Enter" title="提交正在填写的表单" />
        <KeyLine keys="↑ ↓" title="在列表中逐行移动（光标在列表中时）" />
        <KeyLine keys="Esc" title="关闭对话框，离开查找框" />
        {on && known.map((s) => <KeyLine key={s.keys} keys={s.keys} title={s.title} />)}
      </dl>
    </Dialog>
  )
}

function KeyLine({ keys, title }: { keys: string; title: string }) {
  return (
    <div>
      <dt>
        {keys.split(' ').map((k) => (
          <kbd key={k}>{k.length === 1 ? k.toUpperCase() : k}</kbd>
        ))}
      </dt>
      <dd>{title}</dd>
    </div>
  )
}
