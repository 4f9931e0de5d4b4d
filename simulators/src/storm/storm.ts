/**
 * A storm of kills: while machines sell, one process after another is killed with SIGKILL at a
 * random moment and comes back. At the end everything must have arrived, nothing twice, and the
 * ledger must balance. The same seed kills the same processes after the same waits.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Demo, startDemo } from '../demo/demo.ts'
import { isRunning } from '../demo/processes.ts'
import { type Summary, settleDown } from '../demo/settle-down.ts'
import { seededRandom } from '../random.ts'
import { postgresPid } from './postgres.ts'

export type StormOptions = {
  rounds: number
  seed: number
  data: string
  say: (line: string) => void
}
export type StormSummary = Summary & { rounds: number; kills: Record<string, number>; seed: number }

const victims = [
  'agent-vending',
  'agent-chair',
  'agent-car',
  'cloud',
  'postgres',
  'broker',
] as const
type Victim = (typeof victims)[number]

/** From a kill while the last victim still starts to one in the middle of good business. */
const shortestWaitMs = 500
const longestWaitMs = 6000
const meanCustomerWaitMs = 700

export async function storm(options: StormOptions): Promise<StormSummary> {
  const { rounds, seed, say, data } = options
  const random = seededRandom(seed)
  const demo = await startDemo({
    data,
    reset: true,
    separateBroker: true,
    meanCustomerWaitMs,
    say,
    seed,
  })
  try {
    const kills: Record<string, number> = {}
    for (let round = 1; round <= rounds; round++) {
      await sleep(shortestWaitMs + random() * (longestWaitMs - shortestWaitMs))
      const victim = victimOf(round, random)
      say(`round ${round}: kill -9 ${victim}`)
      await kill(demo, victim)
      kills[victim] = (kills[victim] ?? 0) + 1
    }
    await Promise.all(demo.crew.names().map(name => demo.crew.child(name).ready()))
    say('the storm is over; waiting until everything has arrived')
    return { rounds, seed, kills, ...(await settleDown(demo)) }
  } finally {
    await demo.stop()
  }
}

/** Each victim once in the first rounds, then by chance: few rounds still try all of them. */
function victimOf(round: number, random: () => number): Victim {
  const index = round <= victims.length ? round - 1 : Math.floor(random() * victims.length)
  return victims[index] ?? 'cloud'
}

/** A victim that is down from the last kill is waited for: every round kills something. */
async function kill(demo: Demo, victim: Victim): Promise<void> {
  for (;;) {
    const pid = await pidOf(demo, victim)
    if (pid !== undefined) return void process.kill(pid, 'SIGKILL')
    await sleep(50)
  }
}

async function pidOf(demo: Demo, victim: Victim): Promise<number | undefined> {
  if (victim === 'postgres') return await postgresPid(demo.folder)
  const pid = demo.crew.child(victim).pid()
  return pid !== undefined && isRunning(pid) ? pid : undefined
}
