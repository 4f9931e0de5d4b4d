/** A check that may be running: how far it is, what came out, and the way to stop it. */
import type { Progress } from '@tillproof/shared/bundle/steps.ts'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Answer } from '../api/client.ts'
import type { Watch } from './background.ts'

export type Running<T> =
  | { state: 'none' }
  | { state: 'busy'; progress: Progress | null }
  | { state: 'done'; answer: Answer<T> }

export type RunControl<T> = {
  running: Running<T>
  start: (work: (watch: Watch) => Promise<Answer<T>>) => void
  stop: () => void
}

export function useRunning<T>(): RunControl<T> {
  const [running, setRunning] = useState<Running<T>>({ state: 'none' })
  const current = useRef<AbortController | null>(null)
  const stop = useCallback(() => {
    current.current?.abort()
    setRunning({ state: 'none' })
  }, [])
  const start = useCallback((work: (watch: Watch) => Promise<Answer<T>>) => {
    current.current?.abort()
    const abort = new AbortController()
    current.current = abort
    const show = (next: Running<T>) => {
      if (!abort.signal.aborted) setRunning(next)
    }
    show({ state: 'busy', progress: null })
    const onProgress = (progress: Progress) => show({ state: 'busy', progress })
    void work({ onProgress, signal: abort.signal }).then(
      answer => show({ state: 'done', answer }),
      () => undefined,
    )
  }, [])
  useEffect(() => () => current.current?.abort(), [])
  return { running, start, stop }
}
