/**
 * Verifies a proof bundle offline: pure, the same in the browser and on the command line.
 * Trust comes from the policy alone; docs/wire/bundle.md says what each verdict is worth and what
 * an attacker could still do.
 */
import type { Policy } from '../note/policy.ts'
import { parseBundle } from './bundle.ts'
import type { Report } from './report.ts'
import { reportOf } from './report.ts'
import { checkDevices } from './verify-device.ts'
import type { AnchorCheckResult } from './verify-log.ts'
import { checkAnchor, checkLog } from './verify-log.ts'
import { checkSale } from './verify-sale.ts'

export type VerifyOptions = {
  /** What the chain answered to {@link anchorQuery}; left out, the anchor counts as not checked. */
  anchorCheck?: AnchorCheckResult
  /** Signed checkpoints of the same log that the verifier has seen elsewhere. */
  knownCheckpoints?: readonly string[]
}

/** @param input the bundle's text or bytes, or a value that JSON.parse gave. Never throws. */
export function verifyBundle(input: unknown, policy: Policy, options: VerifyOptions = {}): Report {
  const parsed = parseBundle(input)
  if (!parsed.ok) {
    const detail = `This is not a proof bundle: ${parsed.reason}.`
    return reportOf([{ name: 'form', ok: false, detail }], [], [])
  }
  const log = checkLog(parsed.bundle, policy, options.knownCheckpoints ?? [])
  if (!log.checkpoint) return reportOf(log.checks, [], [])
  const devices = checkDevices(parsed.bundle, policy, log.checkpoint)
  const checks = [
    ...log.checks,
    ...devices.checks,
    ...checkSale(parsed.bundle, devices.events, log.checkpoint),
    ...checkAnchor(parsed.bundle, policy, log.checkpoint, options.anchorCheck),
  ]
  return reportOf(checks, devices.events, log.witnesses)
}
