/** A policy's text as this page takes it: readable or refused, with a fingerprint to compare. */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import type { Answer } from '../api/client.ts'

export type PolicySource = 'cloud' | 'own'

/** The text again, or a refusal with the line that is at fault. */
export function readablePolicy(text: string): Answer<string> {
  try {
    parsePolicy(text)
    return { ok: true, value: text }
  } catch (fault) {
    const title = fault instanceof TillproofError ? fault.message : String(fault)
    const next = 'Compare it line by line with the policy you were given.'
    const problem = { code: 'policy.unreadable', title, next, detail: title }
    return { ok: false, status: 0, problem }
  }
}

/** SHA-256 of the policy's text in hex, to compare with somebody else's copy by telephone. */
export function policyFingerprint(text: string): string {
  return toHex(sha256(utf8(text)))
}
