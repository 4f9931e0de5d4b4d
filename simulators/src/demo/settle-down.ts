/**
 * The end of a run: no more customers, then time for what is on its way, from the machine to the
 * anchor, and the reckoning of what arrived.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import { audit, type Reckoning } from './audit.ts'
import type { Demo } from './demo.ts'
import { readJournal } from './journal.ts'
import { machineNames } from './machines.ts'
import { allSales, saleWithEvidence } from './sales.ts'
import { verifyNewest } from './verify.ts'

export type Summary = Omit<Reckoning, 'faults'> & {
  /** Sales whose machine head lies under an anchored checkpoint. */
  anchored: number
  /** The newest cleared sale's bundle, downloaded and verified: anchored and witnessed. */
  verifiedBundle: boolean
  /** Only when something is wrong. */
  faults?: string[]
}

const longestDrainMs = 90_000

/** Sends the customers home, waits until nothing is on its way any more, and reckons. */
export async function settleDown(demo: Demo): Promise<Summary> {
  demo.crew.child('machines').send('SIGUSR2')
  const { faults, isQuiet: _, ...reckoning } = await drained(demo)
  const verifiedBundle = await verifyNewest(demo)
  const summary = { ...reckoning, verifiedBundle }
  return faults.length === 0 ? summary : { ...summary, faults }
}

export function isWell(summary: Summary): boolean {
  const { sales, matched, cleared, anchored, lost, ledgerBalanced, verifiedBundle } = summary
  const arrived = sales > 0 && [matched, cleared, anchored].every(count => count === sales)
  return arrived && lost === 0 && ledgerBalanced && verifiedBundle && summary.faults === undefined
}

type Reading = Reckoning & {
  anchored: number
  /** No sale is open at a machine, and each that is not is cleared and anchored. */
  isQuiet: boolean
}

/** Asks until everything has arrived and nothing moves any more, or until it should have. */
async function drained(demo: Demo): Promise<Reading> {
  const giveUpAtMs = performance.now() + longestDrainMs
  const anchored = new Set<string>()
  for (let before = ''; ; ) {
    // A part that a storm has killed may still be coming back: that is no answer yet.
    const reading = await read(demo, anchored).catch((error: unknown) => {
      if (performance.now() > giveUpAtMs) throw error
    })
    const now = JSON.stringify(reading)
    const isDone = reading?.isQuiet === true && reading.lost === 0 && now === before
    if (reading !== undefined && (isDone || performance.now() > giveUpAtMs)) return reading
    before = now
    await sleep(1500)
  }
}

/** @param anchored ids of sales known to be anchored, added to; once anchored is for ever */
async function read({ actors, folder }: Demo, anchored: Set<string>): Promise<Reading> {
  const { api } = actors.operator
  const paths = machineNames.map(name => homePaths(folder.agent(name)).journal)
  const reckoning = await audit(api, paths)
  // A fleet may sell under the same operator: only the demo's own machines are reckoned here.
  const own = new Set(paths.map(path => readJournal(path).deviceId))
  const sales = (await allSales(api)).filter(({ deviceId }) => own.has(deviceId))
  for (const { id, state } of sales) {
    if (state !== 'cleared' || anchored.has(id)) continue
    if ((await saleWithEvidence(api, id)).evidence.anchored) anchored.add(id)
  }
  const waiting = sales.filter(({ id, state }) => state !== 'failed' && !anchored.has(id))
  return { ...reckoning, anchored: anchored.size, isQuiet: waiting.length === 0 }
}
