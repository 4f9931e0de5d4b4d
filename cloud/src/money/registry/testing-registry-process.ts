/** A process that registers agreements on a test's database and chain, and dies as it is told. */
import type { Hex } from 'viem'
import { openDb } from '../../platform/db/db.ts'
import { registrationTurn } from './job.ts'
import { openRegistryChain } from './registry-chain.ts'

export type RegistryProcess = {
  apiUrl: string
  systemUrl: string
  rpcUrl: string
  key: Hex
  cloudName: string
  /** `before-send`: it is saved and the node has not got it; `after-send`: the node has. */
  dies: 'before-send' | 'after-send'
}

const told: RegistryProcess = JSON.parse(process.argv[2] ?? '{}')
const chain = openRegistryChain(told.rpcUrl, told.key, told.cloudName)
const dying = {
  ...chain,
  async send(raw: Hex) {
    if (told.dies === 'before-send') process.kill(process.pid, 'SIGKILL')
    const outcome = await chain.send(raw)
    process.kill(process.pid, 'SIGKILL')
    return outcome
  },
}
const rules = { confirmations: 0, stuckAfterMs: 60_000 }
for (;;) await registrationTurn({ db: openDb(told), chain: dying, rules, log: () => undefined })
