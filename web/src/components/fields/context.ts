import { createContext, useContext } from 'react'
import type { Attachment, Member, Region } from '../../api/types'

/** What some inputs need to know of the case around the form. */
export interface FormSurroundings {
  /** The case that files are attached to; without it no file can be uploaded yet. */
  caseId?: string
  attachments?: Attachment[]
  members?: Member[]
  villages?: Region[]
}

export const Surroundings = createContext<FormSurroundings>({})

export const useSurroundings = () => useContext(Surroundings)
