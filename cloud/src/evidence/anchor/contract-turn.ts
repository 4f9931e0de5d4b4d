/**
 * Makes sure that there is a contract to anchor in: adopts the configured one, deploys one at the
 * first start, and deploys a new one when the chain was reset and the old one is gone. Old records
 * stay, marked lost, because bundles that name them are still around.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Hex } from 'viem'
import type { Db } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import type { Chain } from './chain.ts'
import * as store from './store.ts'

export type { Contract } from './store.ts'

export type ContractDeps = { db: Db; chain: Chain; contract?: Hex; log: Log }

/** The contract to use, or what is still being done about it. */
export async function contractTurn(
  deps: ContractDeps,
  chainId: number,
  originHash: Hex,
): Promise<{ contract: store.Contract } | { busy: string }> {
  const live = await deps.db.withSystem(tx => store.liveContract(tx, chainId, originHash))
  if (live === undefined) return establish(deps, chainId, originHash)
  // Before the code: a deployment that is mined in between is then looked at once more, not lost.
  const nonce = await deps.chain.nonce()
  if (await deps.chain.hasCode(live.address)) return { contract: await deployed(deps, live) }
  if (live.state === 'submitted' && nonce === live.nonce) {
    return sendDeployment(deps, live)
  }
  deps.log('error', 'the contract is not on the chain: was the chain reset?', facts(live))
  await deps.db.withSystem(tx => store.setContractLost(tx, live.id))
  return { busy: 'the contract is lost' }
}

async function establish(
  deps: ContractDeps,
  chainId: number,
  originHash: Hex,
): Promise<{ busy: string }> {
  const { chain, contract } = deps
  if (contract !== undefined) return adopt(deps, { chainId, originHash, address: contract })
  const fees = [await chain.nonce(), await chain.gasPrice()] as const
  const { address, ...deployment } = await chain.deployment(originHash, chainId, ...fees)
  const row = { chainId, originHash, address, deployment }
  await deps.db.withSystem(tx => store.addContract(tx, row))
  return { busy: 'deployment prepared' }
}

async function adopt(
  deps: ContractDeps,
  found: { chainId: number; originHash: Hex; address: Hex },
): Promise<{ busy: string }> {
  if (!(await deps.chain.hasCode(found.address))) {
    throw new TillproofError(
      'anchor.no-contract',
      `no contract at ${found.address} on chain ${found.chainId}`,
      'Check the configured contract address and the RPC URL.',
    )
  }
  await deps.db.withSystem(tx => store.addContract(tx, { ...found, deployment: undefined }))
  return { busy: 'contract adopted' }
}

/** Sent at each turn until its code is there: the node takes a transaction once only. */
async function sendDeployment(
  { chain, log }: ContractDeps,
  live: store.Contract,
): Promise<{ busy: string }> {
  const outcome = await chain.send(live.raw ?? '0x')
  if (!outcome.sent) {
    log('info', 'the node did not take the deployment', { ...facts(live), reason: outcome.reason })
  }
  return { busy: 'deployment sent' }
}

async function deployed({ db, log }: ContractDeps, live: store.Contract): Promise<store.Contract> {
  if (live.state === 'deployed') return live
  log('info', 'the anchor contract is deployed', facts(live))
  await db.withSystem(tx => store.setContractDeployed(tx, live.id))
  return { ...live, state: 'deployed' }
}

function facts(contract: store.Contract): object {
  return { contract: contract.address }
}
