/** Whom the reader trusts for a check: a policy, and perhaps a block of the chain. */
import { useCallback, useState } from 'react'
import type { Answer } from '../api/client.ts'
import { api } from '../app/api.ts'
import { useOwnPolicy } from './own-policy.ts'
import type { PolicySource } from './policy.ts'

export type Trust = {
  source: PolicySource
  own: string
  /** Hash of a block, as typed; empty for none. */
  block: string
}
export type TrustControl = {
  trust: Trust
  change: (change: Partial<Trust>) => void
  isUsable: boolean
  policy: () => Promise<Answer<string>>
}

const BLOCK = /^0x[0-9a-f]{64}$/

export function useTrust(): TrustControl {
  const [own, remember] = useOwnPolicy()
  const [source, setSource] = useState<PolicySource>(own === '' ? 'cloud' : 'own')
  const [block, setBlock] = useState('')
  const change = useCallback(
    (next: Partial<Trust>) => {
      if (next.source !== undefined) setSource(next.source)
      if (next.own !== undefined) remember(next.own)
      if (next.block !== undefined) setBlock(next.block.trim().toLowerCase())
    },
    [remember],
  )
  return {
    trust: { source, own, block },
    change,
    isUsable: (source === 'cloud' || own.trim() !== '') && isBlock(block),
    policy: async () => (source === 'cloud' ? api.policy() : { ok: true, value: own }),
  }
}

/** Nothing, or a whole hash. */
export function isBlock(text: string): boolean {
  return text === '' || BLOCK.test(text)
}
