/**
 * What a machine recorded of a sale, proven: the cloud's bundle of the sale is held against the
 * policy and the log as it was followed; only events that stand under a logged head count.
 */
import { parseBundle } from '@tillproof/shared/bundle/bundle.ts'
import { type SaleStory, saleStory } from '@tillproof/shared/bundle/sale-story.ts'
import { verifyBundle } from '@tillproof/shared/bundle/verify.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'

export type SaleEvidence =
  | { story: SaleStory; checkpoint: string }
  /** What is shown does not found a posting; `bundle` is what was shown, if anything. */
  | { unfounded: string; bundle: string | null }
  /** Not under a published checkpoint yet. */
  | { later: string }
  | { unreachable: string }

/** @param ask gives the body of a path of the cloud's API; refusals are thrown with their code */
export async function readSaleEvidence(
  ask: (path: string) => Promise<string>,
  policy: Policy,
  saleId: string,
): Promise<SaleEvidence> {
  try {
    return proven(await ask(`/api/v1/bundles/sales/${saleId}`), policy, saleId)
  } catch (error) {
    if (!(error instanceof TillproofError)) return { unreachable: String(error) }
    if (error.code === 'bundle.not-logged') return { later: error.message }
    if (error.code !== 'bundle.unknown-sale') return { unreachable: error.message }
    return { unfounded: 'the cloud shows no event behind it', bundle: null }
  }
}

/** How the bundle says the sale was split, and where it was anchored, is not asked here. */
function proven(text: string, policy: Policy, saleId: string): SaleEvidence {
  const parsed = parseBundle(text)
  if (!parsed.ok) return { unfounded: `its bundle is none: ${parsed.reason}`, bundle: text }
  const machineOnly = { ...(JSON.parse(text) as object), sale: null, anchor: null }
  const { verdict, checks, events } = verifyBundle(machineOnly, policy)
  if (verdict === 'invalid' || verdict === 'contradicted') {
    const said = checks.find(check => check.ok === false)?.detail ?? 'it shows no event'
    return { unfounded: `its bundle is ${verdict}: ${said}`, bundle: text }
  }
  const story = saleStory(saleId, events)
  if (typeof story === 'string') return { unfounded: story, bundle: text }
  return { story, checkpoint: parsed.bundle.checkpoint.note }
}
