/** The leaf that a pledge leaves in the cloud's log: docs/ledger.md, "Pledges". */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { encodeCbor } from '@tillproof/shared/bytes/cbor.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import type { Tx } from '../../platform/db/db.ts'
import { insertPledge, type NewPledge } from './store.ts'

const LEAF_DOMAIN = utf8('tillproof/pledge-facts/v1\0')

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
