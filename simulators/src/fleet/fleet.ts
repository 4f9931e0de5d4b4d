/**
 * A fleet of virtual machines in one process against a running cloud: enrolled by real codes,
 * selling to customers who pay at the payment company, then reckoned event by event.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type JournalHost, openJournalHost } from '@tillproof/edge-agent/journal/host.ts'
import { agreeAlone } from '../demo/agreement.ts'
import { anonymous } from '../demo/api.ts'
import { audit, type Reckoning } from '../demo/audit.ts'
import type { Actor } from '../demo/parties.ts'
import { seededRandom } from '../random.ts'
import { sendCustomers } from './customers.ts'
import { enrolFleet } from './enrolment.ts'
import { startVirtualMachine, type VirtualMachine } from './machine.ts'

export type FleetOptions = {
  operator: Actor
  /** Where the fleet's homes lie; kept, so that a second run goes on with the same machines. */
  folder: string
  machines: number
  seconds: number
  /** Wished rate over the fleet; a sale writes five events. */
  eventsPerSecond: number
  seed: number
  say: (line: string) => void
}
export type FleetSummary = Omit<Reckoning, 'faults'> & {
  seconds: number
  /** Orders paid by customers in this run, and those that found no service. */
  paid: number
  turnedAway: number
  /** From the end of selling until the cloud had given its receipt for the last event. */
  drainMs: number
  faults?: string[]
}

const eventsPerSale = 5
const longestDrainMs = 60_000

export async function runFleet(options: FleetOptions): Promise<FleetSummary> {
  const { operator, seconds, eventsPerSecond, say } = options
  const random = seededRandom(options.seed)
  const homes = await enrolFleet(operator.api, options.folder, options.machines)
  say(`${homes.length} machines have their identity`)
  const host = openJournalHost()
  const machines = await startMachines(homes, host, random)
  try {
    const deviceIds = machines.map(({ deviceId }) => deviceId)
    await agreeAlone(operator, deviceIds)
    say('the agreement over them is signed; customers come')
    const { paid, turnedAway } = await sendCustomers({
      api: anonymous(operator.api.address),
      deviceIds,
      rate: eventsPerSecond / eventsPerSale,
      random,
      signal: AbortSignal.timeout(seconds * 1000),
    })
    say('customers have gone; waiting until the cloud holds everything')
    const drainStartMs = performance.now()
    await delivered(machines)
    const drainMs = Math.round(performance.now() - drainStartMs)
    const { faults, ...reckoning } = await reckonWhenCleared(operator, machines)
    const summary = { ...reckoning, seconds, paid, turnedAway, drainMs }
    return faults.length === 0 ? summary : { ...summary, faults }
  } finally {
    await Promise.all(machines.map(machine => machine.stop()))
    await host.close()
  }
}

/** Nothing lost or doubled, every sale matched and cleared, ledger balanced. */
export function isFleetWell(summary: FleetSummary): boolean {
  const { sales, matched, cleared, lost, ledgerBalanced, faults } = summary
  const isComplete = sales > 0 && matched === sales && cleared === sales
  return isComplete && lost === 0 && ledgerBalanced && faults === undefined
}

async function startMachines(
  homes: string[],
  host: JournalHost,
  random: () => number,
): Promise<VirtualMachine[]> {
  return await Promise.all(homes.map(home => startVirtualMachine({ home, host, random })))
}

/** Vouchers still on their way down come first: the journals have to stand still. */
async function delivered(machines: VirtualMachine[]): Promise<void> {
  let before = -1
  for (let waited = 0; waited < longestDrainMs; waited += 500) {
    const committed = machines.reduce((total, { agent }) => total + agent.journal.size(), 0)
    const behind = machines.filter(({ agent }) => {
      return agent.uplink.status().receiptedSize < agent.journal.size()
    })
    if (behind.length === 0 && committed === before) return
    before = committed
    await sleep(500)
  }
}

async function reckonWhenCleared(operator: Actor, machines: VirtualMachine[]): Promise<Reckoning> {
  const paths = machines.map(({ journalPath }) => journalPath)
  const giveUpAtMs = performance.now() + longestDrainMs
  for (;;) {
    const reckoning = await audit(operator.api, paths)
    const isComplete = reckoning.lost === 0 && reckoning.cleared === reckoning.sales
    if (isComplete || performance.now() > giveUpAtMs) return reckoning
    await sleep(2000)
  }
}
