/**
 * The policy this cloud works by and serves: its own log, the witnesses it was configured with,
 * and the contracts its checkpoints are anchored in. A verifier is meant to keep a copy of his own;
 * what is served here is a convenience, never a root of trust.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { parseVkey } from '@tillproof/shared/note/key.ts'
import { formatPolicy, type Policy, parsePolicy } from '@tillproof/shared/note/policy.ts'
import type { Tx } from '../../platform/db/db.ts'

export type ConfiguredWitness = {
  /** Verifier key, type 0x04; its name names the witness in the policy. */
  vkey: string
  /** Submission prefix of tlog-witness. */
  url: string
  /** Witnesses of one organisation count once. */
  organisation: string
}

/** How many organisations have to cosign: all, any, a number, or none at all. */
export type Quorum = 'all' | 'any' | 'none' | number

export type PolicySettings = {
  logVkey: string
  /** Prefix of the log's tiles, as readers reach it. */
  logUrl?: string
  witnesses: readonly ConfiguredWitness[]
  quorum: Quorum
}

/**
 * Groups each organisation's witnesses and lets the quorum count groups.
 * Throws `policy.invalid` on keys or a quorum that cannot be.
 */
export function cloudPolicy({ logVkey, logUrl, witnesses, quorum }: PolicySettings): Policy {
  const organisations = Map.groupBy(witnesses, witness => witness.organisation)
  const groups = [...organisations].map(([name, own]) => {
    return `group ${wordOf(name)} any ${own.map(nameOf).join(' ')}`
  })
  const isCounting = quorum !== 'none' && groups.length > 0
  if (quorum !== 'none' && !isCounting) {
    throw new TillproofError(
      'evidence.no-witness',
      `the quorum is "${quorum}" and no witness is configured`,
      'Configure witnesses, or say that the quorum is "none".',
    )
  }
  const lines = [
    `log ${logVkey} ${logUrl ?? ''}`,
    ...witnesses.map(witness => `witness ${nameOf(witness)} ${witness.vkey} ${witness.url}`),
    ...groups,
    ...(isCounting
      ? [`group organisations ${quorum} ${[...organisations.keys()].map(wordOf).join(' ')}`]
      : []),
    `quorum ${isCounting ? 'organisations' : 'none'}`,
  ]
  return parsePolicy(`${lines.join('\n')}\n`)
}

export type AnchorPlace = { chainId: number; contract: string }

/** The contracts in use, one a chain. */
export async function anchorPlaces(tx: Tx): Promise<AnchorPlace[]> {
  const rows = await tx.query<{ chain_id: bigint; address: string }>(
    `select chain_id, lower(address) as address from anchor_contracts
     where state = 'deployed' order by id`,
  )
  return rows.map(row => ({ chainId: Number(row.chain_id), contract: row.address }))
}

/** The policy's text with the anchors of today; `rpcUrl` as readers reach the chain, if they do. */
export function policyText(policy: Policy, places: AnchorPlace[], rpcUrl?: string): string {
  const anchors = places.map(place => ({ ...place, ...(rpcUrl === undefined ? {} : { rpcUrl }) }))
  return formatPolicy({ ...policy, anchors })
}

function nameOf(witness: ConfiguredWitness): string {
  const verifier = parseVkey(witness.vkey)
  if (verifier !== undefined) return verifier.name
  throw new TillproofError(
    'evidence.witness-key',
    `"${witness.vkey}" is not the verifier key of a witness`,
    'Take the vkey that `tillproof witness init` printed.',
  )
}

/** An organisation's name as one word of a policy; the prefix keeps it apart from witness names. */
function wordOf(organisation: string): string {
  return `organisation:${organisation.trim().replaceAll(/\s+/g, '-')}`
}
