import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input, Radio } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import { deptReviewsQuery } from '../../api/queries'
import type { DeptDecision, DeptReview } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { ExportButton } from '../../components/ExportButton'
import { Pager, usePages } from '../../components/Pager'

/** 待核对: persons of whom a list may or may not speak. The answer holds for later lists. */
export function Reviews() {
  const pages = usePages('')
  const reviews = useQuery(deptReviewsQuery(pages.cursor))
  const [chosen, setChosen] = useState<DeptReview>()
  if (!reviews.data || (reviews.data.items.length === 0 && pages.number === 1)) return null
  return (
    <section className="panel" aria-label="疑似人员核对">
      <div className="panel-head">
        <h2>疑似人员核对</h2>
        <ExportButton list="dept_reviews" />
      </div>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">名单所列</th>
            <th scope="col">名单</th>
            <th scope="col">疑点</th>
            <th scope="col">办理</th>
          </tr>
        </thead>
        <tbody>
          {reviews.data.items.map((r) => (
            <tr key={r.id}>
              <td>
                {r.name} <span className="num">{r.id_no_masked}</span>
                <div className="small">{r.village}</div>
              </td>
              <td data-label="名单">
                {r.dept_title} · {r.kind_title}
                <div className="small num">
                  {r.as_of} 第 {r.line} 行
                </div>
              </td>
              <td data-label="疑点">{r.reason_title}</td>
              <td data-label="办理">
                <Button onClick={() => setChosen(r)}>核对</Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pager pages={pages} next={reviews.data.next_cursor} count={reviews.data.items.length} />
      {chosen && <Decide review={chosen} onClose={() => setChosen(undefined)} />}
    </section>
  )
}

function Decide({ review: r, onClose }: { review: DeptReview; onClose: () => void }) {
  const client = useQueryClient()
  const id = useId()
  const [answer, setAnswer] = useState('')
  const [note, setNote] = useState('')
  const say = useMutation({
    mutationFn: () => {
      const decision: DeptDecision['decision'] = answer === 'not_same' || answer === 'unknown' ? answer : 'same'
      const body: DeptDecision = { decision, person_id: decision === 'same' ? answer : undefined, note: note.trim(), expected_seq: r.seq }
      return unwrap(api.POST('/dept-reviews/{id}', { params: { path: { id: r.id } }, body }))
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['departments'] })
      onClose()
    },
  })
  return (
    <Dialog title={`核对 ${r.name}`} okText="确认" okDisabled={!answer || note.trim().length < 4} busy={say.isPending} onOk={() => say.mutate()} onClose={onClose}>
      <p>
        名单所列：{r.name}，{r.birth_year && `${r.birth_year} 年生，`}
        {r.village} <span className="num">{r.id_no_masked}</span>。{r.reason_title}。
      </p>
      <Radio.Group
        className="gap"
        value={answer}
        onChange={(e) => setAnswer(String(e.target.value))}
        options={[
          ...r.candidates.map((c) => ({ value: c.person_id, label: `是 ${c.region_name} ${c.head_name}户的 ${c.name} ${c.birth_year} ${c.id_no_masked}` })),
          { value: 'not_same', label: '都不是' },
          { value: 'unknown', label: '无法确认' },
        ]}
      />
      <label htmlFor={id}>依据（不少于 4 个字，不写证件号码）</label>
      <Input id={id} value={note} maxLength={200} autoComplete="off" onChange={(e) => setNote(e.target.value)} />
      <p className="muted">结论不能撤销，并用于以后写法相同的名单。</p>
      {say.error && <Alert type="error" title={describe(say.error)} role="alert" />}
    </Dialog>
  )
}
