/**
 * A machine as security for a loan: taken with the loan and let go by the lender's word, each with
 * a leaf in the cloud's log (docs/wire/posting-batch.md).
 */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { encodeCbor } from '@tillproof/shared/bytes/cbor.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import type { Tx } from '../../platform/db/db.ts'
import { endPledge, insertPledge, type NewPledge, type ReleasedPledge } from './store.ts'

const LEAF_DOMAIN = utf8('tillproof/pledge-facts/v1\0')
const RELEASE_DOMAIN = utf8('tillproof/pledge-release-facts/v1\0')

/** Pledges a machine and stages its leaf; false when it is pledged already. */
export async function pledgeDevice(tx: Tx, pledge: NewPledge): Promise<boolean> {
  if (!(await insertPledge(tx, pledge))) return false
  await stageLeaf(tx, { type: 'pledge', body: pledgeLeaf(pledge), ref: pledge.id })
  return true
}

/** 32 bytes: the facts, blinded by a salt that both sides can read beside them. */
export function pledgeLeaf(pledge: NewPledge): Uint8Array {
  const { id, operatorId, lenderId, loanId, deviceId, salt, fromAt } = pledge
  const facts = encodeCbor([1, id, operatorId, lenderId, loanId, deviceId, fromAt.getTime()])
  return sha256(LEAF_DOMAIN, salt, facts)
}

/**
 * Lets go of a machine for good; it may be pledged again at once, to anybody.
 * @returns the loan it secured, or undefined when the lender has no live pledge of this id
 */
export async function releasePledge(
  tx: Tx,
  id: string,
  lenderId: string,
  nowMs: number,
): Promise<string | undefined> {
  const released = await endPledge(tx, id, lenderId, new Date(nowMs))
  if (released === undefined) return undefined
  await stageLeaf(tx, { type: 'pledge-release', body: releaseLeaf(released), ref: id })
  return released.loanId
}

/** 32 bytes, blinded by the salt of the pledge. */
export function releaseLeaf({ id, salt, releasedAt }: ReleasedPledge): Uint8Array {
  return sha256(RELEASE_DOMAIN, salt, encodeCbor([1, id, releasedAt.getTime()]))
}
