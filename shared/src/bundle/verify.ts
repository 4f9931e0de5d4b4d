/**
 * Verifies a proof bundle offline: pure, the same in the browser and on the command line.
 * Trust comes from the policy alone; docs/wire/bundle.md says what each verdict is worth and what
 * an attacker could still do.
 */
import type { Policy } from '../note/policy.ts'
import { parseSteps } from './bundle.ts'
import { fail, type Report, reportOf } from './report.ts'
import { type Steps, toTheEnd } from './steps.ts'
import { type AnchorCheckResult, checkAnchor } from './verify-anchor.ts'
import { checkDevices } from './verify-device.ts'
import { checkLog } from './verify-log.ts'
import { checkSale } from './verify-sale.ts'

export type VerifyOptions = {
  /** What the chain answered to `anchorQuery`; left out, no node was asked. */
  anchorCheck?: AnchorCheckResult
  /** Hashes of blocks that the verifier trusts to be the chain's, `0x` and 64 hex digits. */
  blocks?: readonly string[]
  /** Signed checkpoints of the same log that the verifier has seen elsewhere. */
  knownCheckpoints?: readonly string[]
}

/** @param input the bundle's text or bytes, or a value that JSON.parse gave. Never throws. */
export function verifyBundle(input: unknown, policy: Policy, options: VerifyOptions = {}): Report {
  return toTheEnd(verifySteps(input, policy, options))
}

/** {@link verifyBundle} in short steps: a bundle of 10,000 events takes a browser seconds. */
export function* verifySteps(
  input: unknown,
  policy: Policy,
  options: VerifyOptions = {},
): Steps<Report> {
  const parsed = yield* parseSteps(input)
  if (!parsed.ok) {
    return reportOf([fail('form', `This is not a proof bundle: ${parsed.reason}.`)])
  }
  const { bundle } = parsed
  const { checks, checkpoint, witnesses } = checkLog(bundle, policy, options.knownCheckpoints ?? [])
  if (!checkpoint) return reportOf(checks)
  const devices = yield* checkDevices(bundle, policy, checkpoint)
  const { anchorCheck: asked, blocks = [] } = options
  const anchor = checkAnchor(bundle, policy, checkpoint, { asked, blocks })
  const sale = checkSale(bundle, devices.events, checkpoint)
  return reportOf([...checks, ...devices.checks, ...sale, ...anchor.checks], {
    events: devices.events,
    witnesses,
    ...(anchor.anchoredBy && { anchoredBy: anchor.anchoredBy }),
  })
}
