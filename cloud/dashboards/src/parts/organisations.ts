/** Names of organisations by their id, fetched once a page. */
import { useCallback } from 'react'
import { useAnswer } from '../api/use-answer.ts'
import { api } from '../app/api.ts'

export function useOrganisations() {
  return useAnswer('organisations', api.organisations)
}

/** An organisation that the reader may not see by name is shown by its id. */
export function useOrganisationName(): (id: string) => string {
  const { loaded } = useOrganisations()
  const items = loaded.state === 'ready' ? loaded.value.items : noItems
  return useCallback(id => items.find(item => item.id === id)?.name ?? id, [items])
}

const noItems: readonly { id: string; name: string }[] = []
