/** A test event: signed at once, and followed until the cloud's receipt. */
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { VirtualAgent } from '../agent.ts'

/** Answers its index and whether a receipt came within `waitMs`. */
export async function recordTest(
  { journal, sealing, uplink }: Pick<VirtualAgent, 'journal' | 'sealing' | 'uplink'>,
  waitMs: number,
): Promise<{ index: number; receipted: boolean }> {
  const result = await journal.append({ events: [{ kind: 'test' }] })
  const index = result.ok ? result.events[0]?.index : undefined
  if (index === undefined) {
    throw new TillproofError(
      'journal.disk-full',
      'The test event was not kept: the disk runs full, or there were too many in this hour.',
      'Free some space on the gateway, or try again later.',
    )
  }
  const head = await sealing.sealNow()
  return { index, receipted: waitMs > 0 && (await uplink.receipted(head.size, waitMs)) }
}
