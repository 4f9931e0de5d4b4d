/**
 * The way of one anchor: submitted → mined → final, and back when the chain reorganises.
 *
 *     submitted ── receipt ──▶ mined ── deep enough, root stored ──▶ final
 *         ▲  │                   │
 *         │  └─ nonce gone ──▶ failed ◀── reverted
 *         └────── receipt gone (reorg): the same transaction again
 *
 * Pure: what was seen on the chain goes in, what to do comes out. The transaction was saved before
 * it was first sent, so sending it again can never anchor twice: its nonce is used once.
 */
import type { Hash, Hex } from 'viem'
import type { Receipt } from './chain.ts'

export type AnchorState = 'submitted' | 'mined' | 'final' | 'failed'

export type Anchor = {
  id: bigint
  size: number
  root: Hex
  nonce: number
  gasPrice: bigint
  raw: Hex
  /** All transactions sent for this nonce, oldest first. */
  hashes: Hash[]
  state: AnchorState
  block: bigint | null
  blockHash: Hash | null
  sentAtMs: number | null
}

/** One look at the chain. `nonce` was read before `receipt`, which the rules below rely on. */
export type Sight = {
  nonce: number
  receipt: Receipt | undefined
  /** Hash of the block that now stands at the receipt's height. */
  canonical: Hash | undefined
  tip: bigint
  /** What the contract holds for this log and size; zero when nothing. */
  storedRoot: Hex
}

export type Step =
  | { do: 'wait'; why: string }
  | { do: 'send' }
  | { do: 'bump' }
  | { do: 'mined'; receipt: Receipt }
  | { do: 'final' }
  | { do: 'unmined' }
  | { do: 'failed'; reason: string }

export type AnchorRules = {
  /** Blocks on top of the anchor's own before it counts as final. */
  confirmations: number
  /** A transaction not mined for so long is sent again at a higher price. */
  stuckAfterMs: number
}

export function nextStep(anchor: Anchor, sight: Sight, rules: AnchorRules, nowMs: number): Step {
  if (sight.receipt === undefined) return withoutReceipt(anchor, sight, rules, nowMs)
  return withReceipt(anchor, sight.receipt, sight, rules)
}

function withoutReceipt(anchor: Anchor, sight: Sight, rules: AnchorRules, nowMs: number): Step {
  if (sight.nonce < anchor.nonce) {
    return { do: 'failed', reason: 'the chain went back behind earlier transactions' }
  }
  if (sight.nonce > anchor.nonce) {
    // A node behind a load balancer may know the block and not yet the receipt.
    if (sight.storedRoot === anchor.root) return { do: 'wait', why: 'receipt not served yet' }
    return { do: 'failed', reason: 'another transaction used its nonce' }
  }
  if (anchor.state === 'mined') return { do: 'unmined' }
  if (anchor.sentAtMs === null) return { do: 'send' }
  if (nowMs - anchor.sentAtMs < rules.stuckAfterMs) return { do: 'wait', why: 'not mined yet' }
  return anchor.gasPrice > 0n ? { do: 'bump' } : { do: 'send' }
}

function withReceipt(anchor: Anchor, receipt: Receipt, sight: Sight, rules: AnchorRules): Step {
  if (sight.canonical !== receipt.blockHash) return { do: 'wait', why: 'block not canonical' }
  if (!receipt.succeeded) return { do: 'failed', reason: 'the contract refused it' }
  if (anchor.state === 'submitted' || anchor.blockHash !== receipt.blockHash) {
    return { do: 'mined', receipt }
  }
  if (sight.tip - receipt.block < BigInt(rules.confirmations)) {
    return { do: 'wait', why: 'not deep enough' }
  }
  // A node may claim a receipt; what counts is that the contract answers with the root.
  if (sight.storedRoot !== anchor.root) return { do: 'wait', why: 'root not stored' }
  return { do: 'final' }
}
