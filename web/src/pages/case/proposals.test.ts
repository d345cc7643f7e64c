import { expect, it } from 'vitest'
import type { Fact, Field } from '../../api/types'
import { proposals } from './FirePanel'

const field = (code: string): Field => ({ code, title: code, kind: 'choice', required: true, class: 'P1' })
const fact = (code: string, more: Partial<Fact> = {}): Fact => ({ code, title: code, class: 'P1', value: 'typing', ...more })

it('the form begins with what is proposed for its questions, and with nothing that is hidden', () => {
  const form = [field('cause'), field('owner'), field('due_on')]
  expect(proposals(form, [fact('proposed_cause'), fact('cause', { value: 'content' }), fact('proposed_owner', { hidden: true, value: undefined }), fact('proposed_other')])).toEqual({ cause: 'typing' })
  expect(proposals(form, [])).toEqual({})
})
