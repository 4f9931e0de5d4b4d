/**
 * Live updates by server-sent events. An event only says that something changed: pages read the
 * resource anew, so a missed event costs a moment and never a wrong figure. The browser resumes
 * with Last-Event-ID by itself; after a connection that ended for good we open another and let
 * every page read anew.
 */
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useMemo,
  useState,
} from 'react'

export const liveTypes = ['batch', 'sale', 'checkpoint', 'incident'] as const
export type LiveType = (typeof liveTypes)[number]
/** `resumed` follows a break: whatever was missed can be read now. */
export type LiveEvent = { type: LiveType | 'resumed'; deviceId: string | null }
export type LiveState = 'connecting' | 'live' | 'broken'

type Listener = (event: LiveEvent) => void
type LiveContext = { state: LiveState; listen: (listener: Listener) => () => void }

const Context = createContext<LiveContext>({ state: 'connecting', listen: () => () => undefined })

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000

export function LiveProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<LiveState>('connecting')
  const [listeners] = useState(() => new Set<Listener>())
  useEffect(() => {
    const tell: Listener = event => {
      for (const listener of listeners) listener(event)
    }
    return keepOpen(setState, tell)
  }, [listeners])
  const value = useMemo(() => {
    const listen = (listener: Listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
    return { state, listen }
  }, [state, listeners])
  return <Context.Provider value={value}>{children}</Context.Provider>
}

/** Opens the stream and opens it again, ever more slowly, when it ends for good. */
function keepOpen(onState: (state: LiveState) => void, tell: Listener): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let retryMs = FIRST_RETRY_MS
  let broke = false
  const open = () => {
    source = new EventSource('/api/v1/live')
    source.onopen = () => {
      retryMs = FIRST_RETRY_MS
      onState('live')
      if (broke) tell({ type: 'resumed', deviceId: null })
      broke = false
    }
    source.onerror = () => {
      broke = true
      const ended = source?.readyState === EventSource.CLOSED
      onState(ended ? 'broken' : 'connecting')
      if (!ended) return
      timer = setTimeout(open, retryMs)
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    }
    // The cloud no longer has all that was missed.
    source.addEventListener('reset', () => tell({ type: 'resumed', deviceId: null }))
    for (const type of liveTypes) {
      source.addEventListener(type, message => tell({ type, deviceId: deviceIn(message.data) }))
    }
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}

function deviceIn(data: unknown): string | null {
  try {
    const body: unknown = JSON.parse(String(data))
    if (typeof body !== 'object' || body === null || !('deviceId' in body)) return null
    return typeof body.deviceId === 'string' ? body.deviceId : null
  } catch {
    return null
  }
}

export function useLiveState(): LiveState {
  return useContext(Context).state
}

const QUIET_MS = 1_500

/**
 * Calls `reload` when an event of these types arrives, at most once in 1.5 s, so that a busy
 * fleet does not make the page ask without end. `deviceId` narrows to one machine.
 */
export function useReloadOn(types: readonly LiveType[], reload: () => void, deviceId?: string) {
  const { listen } = useContext(Context)
  const run = useEffectEvent(reload)
  const concerns = useEffectEvent(
    (event: LiveEvent) =>
      event.type === 'resumed' ||
      (types.includes(event.type) && (deviceId === undefined || event.deviceId === deviceId)),
  )
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = listen(event => {
      if (timer !== undefined || !concerns(event)) return
      timer = setTimeout(() => {
        timer = undefined
        run()
      }, QUIET_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [listen])
}
