import { useQuery } from '@tanstack/react-query'
import { Input } from 'antd'
import { type KeyboardEvent, useState } from 'react'
import { ruleLanguageQuery } from '../../api/queries'
import { offers, typedAt, type Word, wordsOf } from './complete'
import './condition.css'

interface Props {
  id: string
  value: string
  onChange: (value: string) => void
}

/** 条件: while one types, the words that it may become, to be chosen with the arrows and Enter or with a click. */
export function Condition({ id, value, onChange }: Props) {
  const language = useQuery(ruleLanguageQuery)
  const [caret, setCaret] = useState<number>() // none: nothing is offered
  const [chosen, setChosen] = useState(0)
  const at = caret === undefined ? undefined : typedAt(value, caret)
  const list = at && language.data ? offers(wordsOf(language.data), at.typed) : []
  const close = () => setCaret(undefined)
  const put = (word: Word) => {
    if (!at || caret === undefined) return
    const end = at.from + word.put.length
    onChange(value.slice(0, at.from) + word.put + value.slice(caret))
    close()
    const area = document.getElementById(id) as HTMLTextAreaElement | null
    area?.focus()
    requestAnimationFrame(() => area?.setSelectionRange(end, end))
  }
  const press = (e: KeyboardEvent) => {
    if (list.length === 0 || e.nativeEvent.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key]
    if (step) setChosen((chosen + step + list.length) % list.length)
    else if (e.key === 'Enter') put(list[chosen] ?? list[0]!)
    else if (e.key === 'Escape') close()
    else return
    e.preventDefault()
    e.stopPropagation()
  }
  return (
    <div className="condition">
      <Input.TextArea
        id={id}
        className="expression"
        value={value}
        maxLength={2000}
        rows={3}
        spellCheck={false}
        autoComplete="off"
        aria-autocomplete="list"
        aria-controls={list.length > 0 ? `${id}words` : undefined}
        aria-activedescendant={list.length > 0 ? `${id}word${chosen}` : undefined}
        onChange={(e) => {
          onChange(e.target.value)
          setCaret(e.target.selectionStart)
          setChosen(0)
        }}
        onKeyDown={press}
        onBlur={close}
      />
      {list.length > 0 && (
        <div className="condition-words">
          <div id={`${id}words`} role="listbox" aria-label="可以填写的词">
            {list.map((w, i) => (
              // The keys are heard in the text, where the caret stays while a word is clicked.
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
              <div key={w.text} id={`${id}word${i}`} role="option" tabIndex={-1} aria-selected={i === chosen} onMouseDown={(e) => e.preventDefault()} onClick={() => put(w)}>
                <span className="expression">{w.text}</span> <span className="small muted">{w.help}</span>
              </div>
            ))}
          </div>
          <p className="small muted">↑↓ 选择，Enter 填入，Esc 关闭</p>
        </div>
      )}
    </div>
  )
}
