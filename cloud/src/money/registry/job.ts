/**
 * Carries signed agreement versions to the registry contract, one turn at a time, by the same rules
 * as anchors (evidence/anchor/anchor.ts): saved before it is sent, one on its way, sent again under
 * its nonce. A version that stands already, whoever brought it, is as good as ours: the contract
 * takes nothing that not every party has signed.
 */
import type { Hex } from 'viem'
import { type AnchorRules, nextStep, type Sight, type Step } from '../../evidence/anchor/anchor.ts'
import type { Receipt } from '../../evidence/anchor/chain.ts'
import { type Contract, contractTurn } from '../../evidence/anchor/contract-turn.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import type { Job } from '../../platform/jobs/job.ts'
import type { RegistryChain } from './registry-chain.ts'
import * as store from './store.ts'

export type RegistrationDeps = {
  db: Db
  chain: RegistryChain
  rules: AnchorRules
  /** A contract that stands already; else one is deployed. */
  contract?: Hex
  log: Log
}

const SWEEP_MS = 1_000
/** A version that the contract refused may have been the owner's oversight. */
const RETRY_AFTER_MS = 60_000
const NOTHING: Hex = `0x${'00'.repeat(32)}`
const ID = 'registry'

export function registrationJob(deps: RegistrationDeps): Job {
  return {
    name: 'register-agreements',
    sweepEveryMs: SWEEP_MS,
    due: async () => [ID],
    run: async () => {
      await registrationTurn(deps)
    },
  }
}

/** What a turn did, for the log and for tests. */
export type Turn =
  | Step
  | { do: 'contract'; why: string }
  | { do: 'nothing' }
  | { do: 'submitted' }
  | { do: 'standing' }
  | { do: 'refused'; reason: string }

/** One look at the chain and one step. A node that does not answer is said and left for later. */
export async function registrationTurn(deps: RegistrationDeps): Promise<Turn> {
  try {
    return await turn(deps)
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    deps.log('warn', 'registering agreements: no progress, trying again', { reason })
    return { do: 'wait', why: 'the chain or the database did not answer' }
  }
}

async function turn(deps: RegistrationDeps): Promise<Turn> {
  const { db, chain } = deps
  const chainId = await chain.chainId()
  const outcome = await contractTurn(deps, chainId, chain.cloudHash)
  if ('busy' in outcome) return { do: 'contract', why: outcome.busy }
  const place = { contract: outcome.contract, chainId }
  const registration = await db.withSystem(tx => store.registrationOnItsWay(tx, place.contract.id))
  if (registration !== undefined) return carry(deps, place, registration)
  await keepNewest(deps, place.contract)
  const next = await db.withSystem(tx =>
    store.versionToRegister(tx, place.contract.id, RETRY_AFTER_MS),
  )
  return next === undefined ? { do: 'nothing' } : submit(deps, place, next)
}

type Place = { contract: Contract; chainId: number }

async function submit(deps: RegistrationDeps, place: Place, next: store.SignedVersion) {
  const { db, chain, log } = deps
  const { terms, signatures } = next
  const contract = place.contract.address
  const digest = chain.digestOf(terms)
  const row = { contractId: place.contract.id, terms, digest }
  const standing = await chain.digestAt(contract, terms)
  if (standing === digest) return stands(deps, row, contract)
  const call = { contract, terms, signatures }
  const gas = standing === NOTHING ? await chain.gasFor(call) : otherStands(standing)
  if ('refused' in gas) {
    const { agreementId, version } = terms
    log('error', 'the registry refuses a version', { agreementId, version, reason: gas.refused })
    await db.withSystem(tx => store.addRefused(tx, row, gas.refused))
    return { do: 'refused', reason: gas.refused } as const
  }
  const fees = { chainId: place.chainId, nonce: await chain.nonce(), ...gas }
  const signed = await chain.registering(call, { ...fees, gasPrice: await chain.gasPrice() })
  await db.withSystem(tx => store.addRegistration(tx, row, signed))
  const added = await db.withSystem(tx => store.registrationOnItsWay(tx, place.contract.id))
  if (added !== undefined) await send(deps, added)
  return { do: 'submitted' } as const
}

async function stands({ db, chain }: RegistrationDeps, row: store.NewRegistration, contract: Hex) {
  const where = await chain.registeredIn(contract, row.terms)
  await db.withSystem(tx => store.addStanding(tx, row, where))
  return { do: 'standing' } as const
}

const otherStands = (digest: Hex) => ({ refused: `other terms stand there: ${digest}` })

async function carry(
  deps: RegistrationDeps,
  place: Place,
  registration: store.Registration,
): Promise<Turn> {
  const sight = await look(deps, place, registration)
  const step = nextStep(asAnchor(registration), sight, deps.rules, Date.now())
  await take(deps, place, registration, step)
  return step
}

/** The rules of anchors look at what stands on the chain, whatever it is. */
const asAnchor = (registration: store.Registration) => ({
  ...registration,
  size: 0,
  root: registration.digest,
})

/** The nonce is read before the receipts: see `Sight`. */
async function look(
  { chain }: RegistrationDeps,
  { contract }: Place,
  registration: store.Registration,
): Promise<Sight> {
  const nonce = await chain.nonce()
  const receipt = await anyReceipt(chain, registration)
  const canonical = receipt && (await chain.blockHashAt(receipt.block))
  const storedRoot = await chain.digestAt(contract.address, registration)
  return { nonce, receipt, canonical, tip: await chain.tip(), storedRoot }
}

async function anyReceipt(
  chain: RegistryChain,
  { hashes }: store.Registration,
): Promise<Receipt | undefined> {
  for (const hash of hashes.toReversed()) {
    const receipt = await chain.receipt(hash)
    if (receipt !== undefined) return receipt
  }
  return undefined
}

async function take(
  deps: RegistrationDeps,
  place: Place,
  registration: store.Registration,
  step: Step,
): Promise<void> {
  const { db, log } = deps
  const { id } = registration
  switch (step.do) {
    case 'wait':
      return
    case 'send':
      return send(deps, registration)
    case 'bump':
      return bump(deps, place, registration)
    case 'mined':
      return db.withSystem(tx => store.setMined(tx, id, step.receipt))
    case 'unmined':
      log('warn', 'a registration left the chain in a reorganisation', facts(registration))
      await db.withSystem(tx => store.setUnmined(tx, id))
      return send(deps, registration)
    case 'final':
      log('info', 'an agreement is registered', facts(registration))
      return db.withSystem(tx => store.setFinal(tx, id))
    case 'failed':
      log('warn', 'a registration failed', { ...facts(registration), reason: step.reason })
      return db.withSystem(tx => store.setFailed(tx, id, step.reason))
  }
}

async function send(
  { db, chain, log }: RegistrationDeps,
  registration: store.Registration,
): Promise<void> {
  const outcome = await chain.send(registration.raw)
  if (!outcome.sent) {
    const { reason } = outcome
    log('info', 'the node did not take the registration', { ...facts(registration), reason })
  }
  await db.withSystem(tx => store.setSent(tx, registration.id))
}

/** A quarter more, and at least what the node asks now; the call is the one that was signed. */
async function bump(
  { db, chain }: RegistrationDeps,
  { chainId }: Place,
  registration: store.Registration,
): Promise<void> {
  const asked = await chain.gasPrice()
  const raised = (registration.gasPrice * 5n) / 4n + 1n
  const gasPrice = asked > raised ? asked : raised
  const signed = await chain.again(registration.raw, { chainId, gasPrice })
  await db.withSystem(tx => store.setBumped(tx, registration.id, signed))
}

/** A chain put back behind a registration gets it again: what it lost stands no more. */
async function keepNewest({ db, chain, log }: RegistrationDeps, contract: Contract): Promise<void> {
  for (;;) {
    const newest = await db.withSystem(tx => store.newestFinal(tx, contract.id))
    // A node that has not caught up with its block cannot tell that it is lost.
    if (newest === undefined || (await chain.tip()) < (newest.block ?? 0n)) return
    if ((await chain.digestAt(contract.address, newest)) === newest.digest) return
    const { agreementId, version } = newest
    log('error', 'the chain lost a registration, registering anew', { agreementId, version })
    await db.withSystem(tx => store.setFailed(tx, newest.id, 'the chain no longer holds it'))
  }
}

function facts({ agreementId, version, nonce, hashes }: store.Registration): object {
  return { agreementId, version, nonce, transaction: hashes.at(-1) }
}
