/** Downloads a sale's proof and checks it here, in the reader's browser. */
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import type { Report } from '@tillproof/shared/bundle/report.ts'
import { verifyBundle } from '@tillproof/shared/bundle/verify.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type Policy, parsePolicy } from '@tillproof/shared/note/policy.ts'
import type { Answer, Refusal } from '../../api/client.ts'
import { checkPage, type PageCheck } from './page-check.ts'

export type PolicySource = 'cloud' | 'own'
export type Verification = {
  report: Report
  /** Whether the page shows what the bundle proves. */
  page: PageCheck[]
  source: PolicySource
  /** Instant at which it was checked. */
  at: string
}

type Deps = {
  sale: SaleDetail
  bundle: () => Promise<Answer<string>>
  policy: () => Promise<Answer<string>>
  source: PolicySource
  now: () => number
}

export async function verifySale(deps: Deps): Promise<Answer<Verification>> {
  const policyText = await deps.policy()
  if (!policyText.ok) return policyText
  const policy = readPolicy(policyText.value)
  if (!policy.ok) return policy
  const bundle = await deps.bundle()
  if (!bundle.ok) return bundle
  const report = verifyBundle(bundle.value, policy.value)
  const page = checkPage(deps.sale, bundle.value, report)
  const at = new Date(deps.now()).toISOString()
  return { ok: true, value: { report, page, source: deps.source, at } }
}

/** A policy that cannot be read is refused with the line that is at fault. */
export function readPolicy(text: string): Answer<Policy> {
  try {
    return { ok: true, value: parsePolicy(text) }
  } catch (fault) {
    return unreadable(fault instanceof TillproofError ? fault.message : String(fault))
  }
}

function unreadable(title: string): Refusal {
  const next = 'Compare it line by line with the policy you were given.'
  return {
    ok: false,
    status: 0,
    problem: { code: 'policy.unreadable', title, next, detail: title },
  }
}

/** SHA-256 of the policy's text in hex, to compare with somebody else's copy by telephone. */
export function policyFingerprint(text: string): string {
  return toHex(sha256(utf8(text)))
}
