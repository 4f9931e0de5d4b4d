/**
 * The verifier's own trust policy, remembered in this browser. The policy decides whom one trusts;
 * taken from the cloud under test it proves only that the cloud agrees with itself.
 */
import { useCallback, useState } from 'react'

const remembered = 'tillproof.policy'
export const MAX_POLICY_BYTES = 64 * 1024

export function useOwnPolicy(): [text: string, remember: (text: string) => void] {
  const [text, setText] = useState(() => localStorage.getItem(remembered) ?? '')
  const remember = useCallback((next: string) => {
    setText(next)
    if (next.trim() === '') localStorage.removeItem(remembered)
    else localStorage.setItem(remembered, next)
  }, [])
  return [text, remember]
}
