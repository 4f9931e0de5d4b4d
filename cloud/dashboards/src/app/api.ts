/** The one API client of this page, and how it says that the session has ended. */
import { createClient } from '../api/client.ts'
import { createApi } from '../api/resources.ts'

type Listener = () => void
const listeners = new Set<Listener>()

/** Calls back whenever the cloud answers that it does not know the session; returns the stop. */
export function onSignedOut(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const api = createApi(
  createClient({
    fetch: (input, init) => fetch(input, init),
    onSignedOut: () => {
      for (const listener of listeners) listener()
    },
  }),
)
