/**
 * The anchor of a bundle: a root in a contract that the policy names. Three ways lead to the chain:
 * a node that the caller asked, a block whose hash the reader has from elsewhere, and a block that
 * validators of the policy have sealed. The last two need no node: the bundle carries the proof.
 */
import { equal, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { sha256 } from '../crypto/crypto.ts'
import { verifyConsistency } from '../merkle/proof.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import type { Policy } from '../note/policy.ts'
import { readAnchorProof } from './anchor-proof.ts'
import { type QbftSeals, readHeader } from './block-header.ts'
import type { ReadBundle } from './bundle.ts'
import { type AnchoredBy, type Check, fail, pass, unknown } from './report.ts'
import { qbftQuorum, sealersOf } from './seals.ts'

/** What to read from the chain: `CheckpointAnchor`'s root for (originHash, size). */
export type AnchorQuery = {
  chainId: number
  contract: string
  /** SHA-256 of the log's origin. */
  originHash: Uint8Array
  size: number
}
/** What the caller read for that query; null when the contract holds no root for it. */
export type AnchorCheckResult = { query: AnchorQuery; root: Uint8Array | null }
/** What the caller knows about the chain besides the policy. */
export type ChainKnowledge = {
  asked?: AnchorCheckResult | undefined
  /** Hashes of blocks that the reader trusts, `0x` and 64 lower-case hex digits. */
  blocks: readonly string[]
}
export type AnchorChecks = { checks: Check[]; anchoredBy?: AnchoredBy }

type Anchor = NonNullable<ReadBundle['anchor']>
type AnchorState = NonNullable<Anchor['state']>
/** What the bundle says is anchored; `isSigned` when the log's own signature says it, too. */
type Claim = { query: AnchorQuery; root: Uint8Array; isSigned: boolean }

/** @returns what to ask the chain; undefined without an anchor in both bundle and policy. */
export function anchorQuery(bundle: ReadBundle, policy: Policy): AnchorQuery | undefined {
  const note = parseNote(bundle.checkpoint.note)
  const origin = note.ok ? parseCheckpoint(note.text)?.origin : undefined
  const { anchor } = bundle
  const listed = policy.anchors.some(
    known => known.chainId === anchor?.chainId && known.contract === anchor.contract,
  )
  if (!anchor || !origin || !listed) return undefined
  const { chainId, contract, size } = anchor
  return { chainId, contract, size, originHash: sha256(utf8(origin)) }
}

export function checkAnchor(
  bundle: ReadBundle,
  policy: Policy,
  checkpoint: Checkpoint,
  chain: ChainKnowledge,
): AnchorChecks {
  const { anchor } = bundle
  if (!anchor) return { checks: [unknown('anchor', 'The bundle names no anchor.')] }
  const fault = placeFault(anchor, policy, checkpoint)
  if (fault) return { checks: [fault] }
  const query = anchorQuery(bundle, policy)
  if (!query) return { checks: [fail('anchor', 'The policy does not list the anchor contract.')] }
  const { size, chainId, root, state } = anchor
  const named = pass('anchor', `Said to be anchored at size ${size} on chain ${chainId}.`)
  const claim = { query, root, isSigned: size === checkpoint.size }
  const asked = checkOnChain(claim, chain.asked)
  const proven = state ? checkState(claim, state, policy, chain.blocks) : { checks: [] }
  const isAsked = asked.some(({ name, ok }) => name === 'anchor-on-chain' && ok === true)
  const anchoredBy = isAsked ? 'node' : proven.anchoredBy
  const checks = [named, ...asked, ...proven.checks]
  return anchoredBy ? { checks, anchoredBy } : { checks }
}

function placeFault(anchor: Anchor, policy: Policy, { size, root }: Checkpoint): Check | undefined {
  const extended = verifyConsistency({
    size1: size,
    root1: root,
    size2: anchor.size,
    root2: anchor.root,
    proof: anchor.proof,
  })
  if (!extended) return fail('anchor', 'The anchored root does not extend the checkpoint.')
  if (policy.anchors.length > 0) return undefined
  return unknown('anchor', 'The policy names no anchor contract.')
}

function checkOnChain(claim: Claim, asked: AnchorCheckResult | undefined): Check[] {
  const name = 'anchor-on-chain'
  if (!asked) return [unknown(name, 'No node of the chain was asked.')]
  if (!isSameQuery(claim.query, asked.query)) {
    return [unknown(name, 'The chain was asked about something else.')]
  }
  if (!asked.root) return [fail(name, 'The contract holds no root for that size.')]
  if (!equal(asked.root, claim.root)) return otherRoot(name, claim)
  return [pass(name, `The contract holds this root for size ${claim.query.size}.`)]
}

/** Beyond the checkpoint the root is the bundle's word: no signature of the log is about it. */
function otherRoot(name: 'anchor-on-chain' | 'anchor-proof', { isSigned }: Claim): Check[] {
  const other = 'The contract holds another root for this size'
  if (!isSigned) return [fail('anchor', `${other}: the anchor is not the log's.`)]
  const forked = `${other}: the log showed two histories.`
  return [fail(name, forked), fail('fork', forked)]
}

/** The contract's storage under a block's state root, and who vouches for that block. */
function checkState(
  claim: Claim,
  state: AnchorState,
  policy: Policy,
  blocks: readonly string[],
): AnchorChecks {
  const name = 'anchor-proof'
  const block = blockOf(state)
  if (!block) return { checks: [fail(name, `The header is not that of block ${state.blockHash}.`)] }
  const reading = readAnchorProof(claim.query, block.stateRoot, state)
  if (!reading.ok) return { checks: [fail(name, `The proof does not hold: ${reading.fault}.`)] }
  const trust = trustIn(block, claim.query.chainId, policy, blocks)
  if (!reading.root || !equal(reading.root, claim.root)) {
    const fault = fail(name, 'In that block the contract does not hold this root.')
    const isFork = reading.root !== null && trust.by !== undefined
    return { checks: isFork ? otherRoot(name, claim) : [fault] }
  }
  const held = pass(name, `In block ${state.blockHash} the contract holds this root.`)
  if (!trust.by) return { checks: [held, unknown('anchor-block', trust.why)] }
  return { checks: [held, pass('anchor-block', trust.why)], anchoredBy: trust.by }
}

/** A block by its name; `sealed` where validators sealed it, each seal being theirs. */
type Block = { hash: string; stateRoot: Uint8Array; sealed?: { by: string[]; qbft: QbftSeals } }

/** @returns undefined unless the header is of the block that the bundle names. */
function blockOf({ header, blockHash: hash }: AnchorState): Block | undefined {
  const read = readHeader(header)
  if (!read) return undefined
  const { stateRoot, qbft } = read
  if (`0x${toHex(read.hash)}` === hash) return { hash, stateRoot }
  const by = qbft && `0x${toHex(qbft.hash)}` === hash ? sealersOf(qbft) : undefined
  return qbft && by ? { hash, stateRoot, sealed: { by, qbft } } : undefined
}

type Trust = { by?: 'block' | 'validators'; why: string }

function trustIn(
  { hash, sealed }: Block,
  chainId: number,
  policy: Policy,
  blocks: readonly string[],
): Trust {
  const isListed = policy.blocks.some(block => block.chainId === chainId && block.hash === hash)
  if (isListed) return { by: 'block', why: 'Your policy names this block of the chain.' }
  if (blocks.includes(hash)) return { by: 'block', why: 'You named this block of the chain.' }
  const listed = policy.validators.find(one => one.chainId === chainId)?.addresses
  if (!sealed || !listed) {
    return { why: 'Nobody you trust vouches for that block: name its hash, or ask a node.' }
  }
  const { signed, needed, isSet } = qbftQuorum(sealed.qbft, sealed.by, listed)
  if (!isSet) return { why: 'The block has other validators than your policy lists.' }
  const of = `${signed} of your policy's ${listed.length} validators sealed the block`
  if (signed < needed) return { why: `${of}; ${needed} are needed.` }
  return { by: 'validators', why: `${of}, which makes it final.` }
}

function isSameQuery(a: AnchorQuery, b: AnchorQuery): boolean {
  return (
    a.chainId === b.chainId &&
    a.contract === b.contract &&
    a.size === b.size &&
    equal(a.originHash, b.originHash)
  )
}
