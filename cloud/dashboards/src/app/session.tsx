/** Who is signed in. Pages under `RequireSession` can rely on a session. */

import type { Problem } from '@tillproof/shared/api/fields.ts'
import type { Session } from '@tillproof/shared/api/people.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react'
import { Navigate, useLocation } from 'react-router'
import type { Answer } from '../api/client.ts'
import { LoadingView, ProblemView } from '../parts/states.tsx'
import { api, onSignedOut } from './api.ts'

type Known =
  | { state: 'asking' }
  | { state: 'out' }
  | { state: 'in'; session: Session }
  | { state: 'failed'; problem: Problem }

type SessionContext = {
  known: Known
  signIn: (email: string, password: string) => Promise<Answer<Session>>
  signOut: () => Promise<void>
  askAgain: () => void
}

const Context = createContext<SessionContext | null>(null)
const Signed = createContext<Session | null>(null)

export function SessionProvider({ children }: { children: ReactNode }) {
  const [known, setKnown] = useState<Known>({ state: 'asking' })
  const [turn, setTurn] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn is a wish to ask again.
  useEffect(() => {
    const abort = new AbortController()
    void api.session(abort.signal).then(answer => {
      if (!abort.signal.aborted) setKnown(knownFrom(answer))
    })
    return () => abort.abort()
  }, [turn])
  useEffect(() => onSignedOut(() => setKnown({ state: 'out' })), [])
  const signIn = useCallback(async (email: string, password: string) => {
    const answer = await api.signIn({ email, password })
    if (answer.ok) setKnown({ state: 'in', session: answer.value })
    return answer
  }, [])
  const signOut = useCallback(async () => {
    await api.signOut()
    setKnown({ state: 'out' })
  }, [])
  const askAgain = useCallback(() => setTurn(n => n + 1), [])
  const value = useMemo(
    () => ({ known, signIn, signOut, askAgain }),
    [known, signIn, signOut, askAgain],
  )
  return <Context.Provider value={value}>{children}</Context.Provider>
}

function knownFrom(answer: Answer<Session>): Known {
  if (answer.ok) return { state: 'in', session: answer.value }
  if (answer.status === 401) return { state: 'out' }
  return { state: 'failed', problem: answer.problem }
}

export function useSessionControl(): SessionContext {
  const value = useContext(Context)
  if (!value) throw outside('SessionProvider')
  return value
}

/** The session of a page that stands under `RequireSession`. */
export function useSession(): Session {
  const value = useContext(Signed)
  if (!value) throw outside('RequireSession')
  return value
}

/** Shows its children to those who are signed in, and sends others to the sign-in page and back. */
export function RequireSession({ children }: { children: ReactNode }) {
  const { known, askAgain } = useSessionControl()
  const { pathname, search } = useLocation()
  switch (known.state) {
    case 'asking':
      return <LoadingView />
    case 'failed':
      return <ProblemView problem={known.problem} onRetry={askAgain} />
    case 'out':
      return <Navigate to="/sign-in" replace state={{ from: pathname + search }} />
    case 'in':
      return <Signed.Provider value={known.session}>{children}</Signed.Provider>
  }
}

function outside(provider: string): TillproofError {
  return new TillproofError(
    'dashboard.no-session',
    `A component that needs the session stands outside ${provider}`,
    `Move it below ${provider} in the tree.`,
  )
}
