/**
 * The first event of a log: says which keys, certificate and machine it belongs to. Written once;
 * asked for at enrolment and again at each start, in case the power failed between the two.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Genesis } from '@tillproof/shared/event/event.ts'
import type { Journal } from '../journal/event-store.ts'
import { AGENT_VERSION } from '../version.ts'
import type { Identity } from './identity.ts'

/** Commits the genesis event when the journal is empty. */
export async function ensureGenesis(journal: Journal, identity: Identity): Promise<void> {
  if (journal.size() > 0) return
  const result = await journal.append({
    events: [{ kind: 'genesis', fields: { genesis: genesisOf(identity) } }],
  })
  if (result.ok) return
  throw new TillproofError(
    'journal.unavailable',
    'The first event could not be written: the disk is full.',
    'Free some space and start again.',
  )
}

function genesisOf(identity: Identity): Genesis {
  const { model, controllerSerial, tlsFingerprint, evidence, previous } = identity
  return {
    model,
    controllerSerial,
    tlsFingerprint,
    evidenceKey: evidence.publicKey,
    agentVersion: AGENT_VERSION,
    ...(previous ? { previousOrigin: previous.origin } : {}),
    ...(previous?.head ? { previousHead: previous.head } : {}),
  }
}
