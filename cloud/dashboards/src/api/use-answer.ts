/**
 * Loads one resource for a page and keeps the last good answer while it is asked for again,
 * so that live updates never make figures blink.
 */
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { useCallback, useEffect, useEffectEvent, useState } from 'react'
import type { Answer } from './client.ts'

export type Loaded<T> =
  | { state: 'loading' }
  /** `problem` is set when the value is older than the last attempt to renew it. */
  | { state: 'ready'; value: T; problem: Problem | null }
  | { state: 'failed'; status: number; problem: Problem }

export type Loading<T> = { loaded: Loaded<T>; reload: () => void }

/** Asks anew whenever `key` changes or `reload` is called; a newer question drops the older. */
export function useAnswer<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<Answer<T>>,
): Loading<T> {
  const [held, setHeld] = useState<{ key: string; loaded: Loaded<T> }>({ key, loaded: loading })
  const [turn, setTurn] = useState(0)
  const run = useEffectEvent(ask)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn is a wish to ask again.
  useEffect(() => {
    const abort = new AbortController()
    void run(abort.signal).then(answer => {
      if (abort.signal.aborted) return
      setHeld(before => ({ key, loaded: after(before.key === key ? before.loaded : null, answer) }))
    })
    return () => abort.abort()
  }, [key, turn])
  const reload = useCallback(() => setTurn(n => n + 1), [])
  return { loaded: held.key === key ? held.loaded : loading, reload }
}

const loading = { state: 'loading' } as const

function after<T>(before: Loaded<T> | null, answer: Answer<T>): Loaded<T> {
  if (answer.ok) return { state: 'ready', value: answer.value, problem: null }
  if (before?.state === 'ready') return { ...before, problem: answer.problem }
  return { state: 'failed', status: answer.status, problem: answer.problem }
}
