/** Machines that the reader may see, for filters and names. */
import type { Device } from '@tillproof/shared/api/machines.ts'
import { useCallback } from 'react'
import { useAnswer } from '../api/use-answer.ts'
import { api } from '../app/api.ts'

const MOST_MACHINES = 200

export function useMachines(): readonly Device[] {
  const { loaded } = useAnswer('machines', signal => api.devices({ limit: MOST_MACHINES }, signal))
  return loaded.state === 'ready' ? loaded.value.items : none
}

/** A machine that the reader may not see by name is shown by its id. */
export function useMachineName(): (id: string) => string {
  const machines = useMachines()
  return useCallback(id => machines.find(each => each.id === id)?.label ?? id, [machines])
}

const none: readonly Device[] = []
