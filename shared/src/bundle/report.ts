/** What a verifier says about a bundle: one verdict, and each check with its outcome. */
import type { OpenEvent, SealedEvent } from '../event/event.ts'

export const EXIT_CODES = {
  /** Logged, witnessed by the policy's quorum, and the anchor was read from the chain. */
  anchored: 0,
  /** Logged and witnessed by the policy's quorum. */
  witnessed: 10,
  /** Signed by the machine and logged by the cloud. */
  logged: 11,
  /** Something in the bundle does not hold. */
  invalid: 20,
  /** The signatures hold and contradict each other: somebody showed two histories. */
  contradicted: 21,
} as const

export type Verdict = keyof typeof EXIT_CODES
export type CheckName =
  | 'form'
  | 'checkpoint'
  | 'witnesses'
  | 'device-head'
  | 'event'
  | 'newest-head'
  | 'fork'
  | 'sale'
  | 'clearing'
  | 'cap'
  | 'agreement'
  | 'anchor'
  | 'anchor-on-chain'
  | 'anchor-proof'
  | 'anchor-block'
/** `ok` is null when the check could not be made here; `detail` is one English sentence. */
export type Check = { name: CheckName; ok: boolean | null; detail: string }
export type ReportedEvent = {
  origin: string
  index: number
  /** null when only the hash is given. */
  open: OpenEvent | null
  sealed: SealedEvent | null
}
/** Who was believed about the chain: a node that was asked, a block that was named, its signers. */
export type AnchoredBy = 'node' | 'block' | 'validators'
export type Report = {
  verdict: Verdict
  exitCode: (typeof EXIT_CODES)[Verdict]
  checks: Check[]
  /** What the bundle proves, to be shown only when the verdict is not invalid or contradicted. */
  events: ReportedEvent[]
  /** Names from the policy, with the time each witness states. */
  witnesses: { name: string; timeS: number }[]
  /** How the anchor was checked; null unless the verdict is anchored. */
  anchoredBy: AnchoredBy | null
}
/** What the checks of the several sides of a bundle give besides checks. */
export type Findings = Pick<Report, 'witnesses'> & {
  events: () => ReportedEvent[]
  anchoredBy?: AnchoredBy
}

/** An absent anchor leaves everything else true; every other failed check does not. */
export function verdictOf(checks: readonly Check[], isAnchored: boolean): Verdict {
  const failed = (name: CheckName) =>
    checks.some(check => check.name === name && check.ok === false)
  const passed = (name: CheckName) => checks.some(check => check.name === name && check.ok === true)
  if (failed('fork')) return 'contradicted'
  if (checks.some(check => check.ok === false && check.name !== 'anchor-on-chain')) return 'invalid'
  if (!passed('checkpoint') || !passed('device-head') || !passed('event')) return 'invalid'
  if (!passed('witnesses')) return 'logged'
  return isAnchored ? 'anchored' : 'witnessed'
}

export function reportOf(checks: Check[], findings: Findings = nothingFound): Report {
  const { witnesses, anchoredBy } = findings
  let events: ReportedEvent[] | undefined
  const verdict = verdictOf(checks, anchoredBy !== undefined)
  const by = verdict === 'anchored' ? (anchoredBy ?? null) : null
  return {
    verdict,
    exitCode: EXIT_CODES[verdict],
    checks,
    /** Read when first asked for: most who verify look at the verdict. */
    get events() {
      events ??= findings.events()
      return events
    },
    witnesses,
    anchoredBy: by,
  }
}

const nothingFound: Findings = { events: () => [], witnesses: [] }

export function pass(name: CheckName, detail: string): Check {
  return { name, ok: true, detail }
}

export function fail(name: CheckName, detail: string): Check {
  return { name, ok: false, detail }
}

export function unknown(name: CheckName, detail: string): Check {
  return { name, ok: null, detail }
}
