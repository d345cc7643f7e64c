import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import type { Answers, Field, Member } from '../api/types'
import { formatTime } from '../lib/dates'
import { toSend } from '../lib/form'
import { optional } from '../pages/forms/optional'
import { idOf, type Wrong, wrongIn } from './check'
import { Fields } from './Fields'

interface Props {
  fields: Field[]
  members: Member[]
  start: Answers
  /** Ways to hand in; of the first everything has to be in order, a lenient one takes what is there. */
  ways: { title: string; lenient?: boolean; send: (answers: Answers) => Promise<void> }[]
  /** Keeps what is half filled in; not there where nothing is to be kept. */
  keep?: (answers: Answers) => Promise<void>
  /** What stands between the questions and the buttons. */
  children?: ReactNode
}

/** A form to fill in: faults while one types, a draft a moment after each change. */
export function FormBody({ fields, members, start, ways, keep, children }: Props) {
  const [answers, setAnswers] = useState(start)
  const [strict, setStrict] = useState(false)
  const [wrong, setWrong] = useState<Wrong[]>([])
  const [busy, setBusy] = useState(false)
  const { keptAt, touch, settle } = useKeeping(keep)
  const change = (next: Answers) => {
    setAnswers(next)
    setWrong([])
    touch(next)
  }
  const handIn = async (way: Props['ways'][number]) => {
    const asked = way.lenient ? optional(fields) : fields
    const found = wrongIn(asked, answers)
    setStrict(!way.lenient)
    setWrong(found)
    if (found[0]) {
      document.getElementById(idOf(found[0].path))?.scrollIntoView({ block: 'center' })
      document.getElementById(idOf(found[0].path))?.focus({ preventScroll: true })
      return
    }
    setBusy(true)
    settle()
    try {
      await way.send(toSend(fields, answers))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault()
      }}
    >
      <Fields fields={fields} answers={answers} members={members} strict={strict} onChange={change} />
      {children}
      {wrong.length > 0 && (
        <p className="note bad" role="alert">
          还有 {wrong.length} 项需要填写或更正。第一项：{wrong[0]!.message}
        </p>
      )}
      <p className="muted" role="status">
        {keptAt && `草稿已存于本机 ${keptAt}`}
      </p>
      <div className="acts">
        {ways.map((way) => (
          <button key={way.title} type="button" className={way.lenient ? undefined : 'main'} disabled={busy} onClick={() => void handIn(way)}>
            {way.title}
          </button>
        ))}
      </div>
    </form>
  )
}

/** How long after the last change a draft is kept; leaving the page keeps it at once. */
const STILL = 500

function useKeeping(keep: Props['keep']) {
  const [keptAt, setKeptAt] = useState('')
  const waiting = useRef<{ timer: ReturnType<typeof setTimeout>; save: () => void }>(undefined)
  const settle = useCallback(() => {
    clearTimeout(waiting.current?.timer)
    waiting.current = undefined
  }, [])
  useEffect(() => {
    const now = () => {
      const save = waiting.current?.save
      settle()
      save?.()
    }
    document.addEventListener('visibilitychange', now)
    window.addEventListener('pagehide', now)
    return () => {
      document.removeEventListener('visibilitychange', now)
      window.removeEventListener('pagehide', now)
      now()
    }
  }, [settle])
  const touch = (answers: Answers) => {
    if (!keep) return
    settle()
    const save = () => void keep(answers).then(() => setKeptAt(formatTime(new Date().toISOString()).slice(11)))
    const timer = setTimeout(() => {
      waiting.current = undefined
      save()
    }, STILL)
    waiting.current = { timer, save }
  }
  return { keptAt, touch, settle }
}
