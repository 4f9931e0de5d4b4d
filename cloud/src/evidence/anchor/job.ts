/**
 * Carries published checkpoints to the chain, one turn at a time. The truth is in `anchors` and
 * `anchor_contracts`; a turn looks at the chain, asks the rules in `anchor.ts` and does one step.
 * Two processes may turn at once: rows are added at most once, transitions name the state they
 * leave, and sending a saved transaction twice anchors once. A node that is down costs a turn.
 */
import type { Hex } from 'viem'
import type { Db } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { type Anchor, type AnchorRules, nextStep, type Sight, type Step } from './anchor.ts'
import { type AnchoredState, checkedState } from './anchored-state.ts'
import type { Chain, Receipt } from './chain.ts'
import { originHashOf } from './contract.ts'
import { type Contract, contractTurn } from './contract-turn.ts'
import * as store from './store.ts'

export type AnchorDeps = {
  db: Db
  chain: Chain
  /** The cloud log's origin. */
  origin: string
  /** The least time between two anchors. */
  everyMs: number
  rules: AnchorRules
  /** The chain it has to be; any when absent. */
  chainId?: number
  /** A contract that stands already, as on a consortium's chain; else one is deployed. */
  contract?: Hex
  log: Log
}

const SWEEP_MS = 1_000
const ID = 'log'

/** The job of the one log there is. */
export function anchorJob(deps: AnchorDeps): Job {
  return {
    name: 'anchor',
    sweepEveryMs: Math.min(SWEEP_MS, deps.everyMs),
    due: async () => [ID],
    run: async () => {
      await anchorTurn(deps)
    },
  }
}

/** What a turn did, for the log and for tests. */
export type Turn = Step | { do: 'contract'; why: string } | { do: 'nothing' } | { do: 'submitted' }

/** One look at the chain and one step. A node that does not answer is said and left for later. */
export async function anchorTurn(deps: AnchorDeps): Promise<Turn> {
  try {
    return await turn(deps)
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    deps.log('warn', 'anchoring: no progress, trying again', { reason })
    return { do: 'wait', why: 'the chain or the database did not answer' }
  }
}

async function turn(deps: AnchorDeps): Promise<Turn> {
  const chainId = await deps.chain.chainId()
  if (deps.chainId !== undefined && chainId !== deps.chainId) {
    const facts = { expected: deps.chainId, found: chainId, next: 'Check anchor.rpcUrl.' }
    deps.log('error', 'the node is of another chain: nothing is anchored', facts)
    return { do: 'wait', why: 'the node is of another chain' }
  }
  const originHash = originHashOf(deps.origin)
  const outcome = await contractTurn(deps, chainId, originHash)
  if ('busy' in outcome) return { do: 'contract', why: outcome.busy }
  const { contract } = outcome
  const anchor = await deps.db.withSystem(tx => store.anchorOnItsWay(tx, contract.id))
  if (anchor !== undefined) return carry(deps, { contract, originHash, chainId }, anchor)
  await keepNewest(deps, contract, originHash)
  const place = { contract, originHash, chainId }
  const held = await deps.chain.latestSize({ contract: contract.address, originHash })
  if (await isAhead(deps, place, held)) return { do: 'wait', why: 'the chain is ahead of the log' }
  return submit(deps, place, held)
}

type Place = { contract: Contract; originHash: Hex; chainId: number }

/**
 * Whether the contract holds what this database does not lead to. Only senders that its owner
 * allows can write there, so it was this log, before the database was put back to an older state.
 */
async function isAhead(deps: AnchorDeps, place: Place, held: number): Promise<boolean> {
  const { db, chain, log } = deps
  if (held === 0) return false
  const at = { contract: place.contract.address, originHash: place.originHash, size: held }
  const root = await chain.rootAt(at)
  if ((await db.withSystem(tx => store.rootOfLog(tx, held))) === root) return false
  log('error', 'the chain holds what this log does not lead to: was the database put back?', {
    anchored: held,
    next: 'docs/operating/platform.md, "After a restore"',
  })
  return true
}

/** @param held the largest size that the contract holds, and at or below which it takes none */
async function submit(deps: AnchorDeps, place: Place, held: number): Promise<Turn> {
  const { db, chain } = deps
  const { contract, originHash, chainId } = place
  const next = await db.withSystem(tx => store.checkpointToAnchor(tx, contract.id, deps.everyMs))
  if (next === undefined || next.size <= held) return { do: 'nothing' }
  const call = { contract: contract.address, originHash, ...next }
  const signed = await chain.anchoring(call, chainId, await chain.nonce(), await chain.gasPrice())
  await db.withSystem(tx => store.addAnchor(tx, contract.id, next, signed))
  const anchor = await db.withSystem(tx => store.anchorOnItsWay(tx, contract.id))
  if (anchor !== undefined) await send(deps, anchor)
  return { do: 'submitted' }
}

async function carry(deps: AnchorDeps, place: Place, anchor: Anchor): Promise<Turn> {
  const step = nextStep(anchor, await look(deps, place, anchor), deps.rules, Date.now())
  await take(deps, place, anchor, step)
  return step
}

/** The nonce is read before the receipts: see `Sight`. */
async function look({ chain }: AnchorDeps, place: Place, anchor: Anchor): Promise<Sight> {
  const nonce = await chain.nonce()
  const receipt = await anyReceipt(chain, anchor)
  const canonical = receipt && (await chain.blockHashAt(receipt.block))
  const at = { contract: place.contract.address, originHash: place.originHash, size: anchor.size }
  return { nonce, receipt, canonical, tip: await chain.tip(), storedRoot: await chain.rootAt(at) }
}

async function anyReceipt(chain: Chain, anchor: Anchor): Promise<Receipt | undefined> {
  for (const hash of anchor.hashes.toReversed()) {
    const receipt = await chain.receipt(hash)
    if (receipt !== undefined) return receipt
  }
  return undefined
}

async function take(deps: AnchorDeps, place: Place, anchor: Anchor, step: Step): Promise<void> {
  const { db, log } = deps
  switch (step.do) {
    case 'wait':
      return
    case 'send':
      return send(deps, anchor)
    case 'bump':
      return bump(deps, place, anchor)
    case 'mined':
      return db.withSystem(tx => store.setMined(tx, anchor.id, step.receipt))
    case 'unmined':
      log('warn', 'anchor left the chain in a reorganisation, sending it again', facts(anchor))
      await db.withSystem(tx => store.setUnmined(tx, anchor.id))
      return send(deps, anchor)
    case 'final':
      return finish(deps, place, anchor)
    case 'failed':
      log('warn', 'anchor failed', { ...facts(anchor), reason: step.reason })
      return db.withSystem(tx => store.setFailed(tx, anchor.id, step.reason))
  }
}

/** What proves it without a node is fetched now: later the node may have dropped that state. */
async function finish(deps: AnchorDeps, place: Place, anchor: Anchor): Promise<void> {
  const { size, root, block, blockHash } = anchor
  const { originHash } = place
  const contract = place.contract.address
  let state: AnchoredState | undefined
  if (block !== null && blockHash !== null) {
    const query = { contract, originHash, size, root, block, blockHash }
    const answer = await deps.chain.stateAt(query)
    state = answer && checkedState(query, answer)
  }
  deps.log('info', 'anchor is final', { ...facts(anchor), provenOffline: state !== undefined })
  await deps.db.withSystem(tx => store.setFinal(tx, anchor.id, state))
}

async function send({ db, chain, log }: AnchorDeps, anchor: Anchor): Promise<void> {
  const outcome = await chain.send(anchor.raw)
  if (!outcome.sent) {
    log('info', 'the node did not take the anchor', { ...facts(anchor), reason: outcome.reason })
  }
  await db.withSystem(tx => store.setSent(tx, anchor.id))
}

/** A quarter more, and at least what the node asks now. */
async function bump(deps: AnchorDeps, place: Place, anchor: Anchor): Promise<void> {
  const asked = await deps.chain.gasPrice()
  const raised = (anchor.gasPrice * 5n) / 4n + 1n
  const gasPrice = asked > raised ? asked : raised
  const { contract, originHash, chainId } = place
  const call = { contract: contract.address, originHash, size: anchor.size, root: anchor.root }
  const signed = await deps.chain.anchoring(call, chainId, anchor.nonce, gasPrice)
  await deps.db.withSystem(tx => store.setBumped(tx, anchor.id, signed))
}

/**
 * A chain put back behind final anchors, as a restored node is, gets the newest root again. What it
 * lost is final no more: a bundle that named it would claim what the chain denies.
 */
async function keepNewest(deps: AnchorDeps, contract: Contract, originHash: Hex): Promise<void> {
  for (;;) {
    const newest = await deps.db.withSystem(tx => store.newestFinalAnchor(tx, contract.id))
    // A node that has not caught up with the anchor's block cannot tell that the anchor is lost.
    if (newest === undefined || (await deps.chain.tip()) < (newest.block ?? 0n)) return
    const at = { contract: contract.address, originHash, size: newest.size }
    if ((await deps.chain.rootAt(at)) === newest.root) return
    deps.log('error', 'the chain lost a final anchor, anchoring anew', facts(newest))
    await deps.db.withSystem(tx => store.setFailed(tx, newest.id, 'the chain no longer holds it'))
  }
}

function facts(anchor: Anchor): object {
  return { size: anchor.size, nonce: anchor.nonce, transaction: anchor.hashes.at(-1) }
}
