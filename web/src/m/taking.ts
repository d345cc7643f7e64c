import { useEffect, useSyncExternalStore } from 'react'
import { describe } from '../api/problem'
import { isOpen, useAccount } from './account'
import type { TaskList } from './download'
import { useOnline } from './field'
import { pause } from './pause'
import { takeSteps } from './steps'
import type { Store } from './store'

// Taking the steps of the tasks along, behind what is being looked at.

/** How it stands: of which cases the steps are here, as soon as that is known; whether more are on their way; why not. */
export interface Taking {
  have?: ReadonlySet<string>
  going: boolean
  fault: string
}

let taking: Taking = { going: false, fault: '' }
const listeners = new Set<() => void>()

function become(change: Partial<Taking>): void {
  taking = { ...taking, ...change }
  for (const tell of listeners) tell()
}

export function useTaking(): Taking {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
    () => taking,
  )
}

/** How long the line and the processor are the first screen's alone, milliseconds. */
const FIRST = 3000

let wanted: Store | undefined
let running = false

/** Takes along what the tasks that are kept need. Asked again meanwhile, it looks at the tasks again afterwards. */
export async function takeAll(store: Store): Promise<void> {
  wanted = store
  if (running) return
  running = true
  become({ going: true, fault: '' })
  try {
    while (wanted) {
      const one = wanted
      wanted = undefined
      await pause(FIRST)
      await takeOnce(one)
    }
  } finally {
    running = false
    become({ going: false })
  }
}

async function takeOnce(store: Store): Promise<void> {
  const list = await store.get<TaskList>('list', 'tasks')
  if (!list || !isOpen(store)) return
  try {
    await takeSteps(store, list.items, { open: () => isOpen(store), tell: () => void look(store) })
    become({ fault: '' })
  } catch (err) {
    become({ fault: describe(err) })
  }
}

/** Looks what is here. */
async function look(store: Store): Promise<void> {
  become({ have: new Set(await store.ids('events')) })
}

/** Keeps taking along while the phone is open and has a network. */
export function useTakingAlong(): void {
  const account = useAccount()
  const store = account.phase === 'open' ? account.store : undefined
  const online = useOnline()
  useEffect(() => {
    if (!store) return
    void look(store)
    if (online) void takeAll(store)
  }, [store, online])
}
