/**
 * The end of a run: no more customers, then time for what is on its way, from the machine to the
 * anchor, and the reckoning of what arrived.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import { audit, type Reckoning } from './audit.ts'
import type { Demo } from './demo.ts'
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
  const { faults, ...reckoning } = await drained(demo)
  const anchored = await anchoredSales(demo)
  const verifiedBundle = await verifyNewest(demo)
  const summary = { ...reckoning, anchored, verifiedBundle }
  return faults.length === 0 ? summary : { ...summary, faults }
}

export function isWell(summary: Summary): boolean {
  const { sales, matched, cleared, anchored, lost, ledgerBalanced, verifiedBundle } = summary
  const arrived = sales > 0 && [matched, cleared, anchored].every(count => count === sales)
  return arrived && lost === 0 && ledgerBalanced && verifiedBundle && summary.faults === undefined
}

/** Asks until everything has arrived and nothing moves any more, or until it should have. */
async function drained(demo: Demo): Promise<Reckoning> {
  const paths = machineNames.map(name => homePaths(demo.folder.agent(name)).journal)
  const giveUpAtMs = performance.now() + longestDrainMs
  for (let before = ''; ; ) {
    const reckoning = await audit(demo.actors.operator.api, paths)
    const now = JSON.stringify(reckoning)
    const isComplete = reckoning.lost === 0 && reckoning.cleared === reckoning.sales
    if (isComplete && now === before && !(await isBusy(demo))) return reckoning
    if (performance.now() > giveUpAtMs) return reckoning
    before = now
    await sleep(1500)
  }
}

/** Whether a sale is open at a machine, or not anchored yet. */
async function isBusy(demo: Demo): Promise<boolean> {
  const { api } = demo.actors.operator
  const sales = await allSales(api)
  if (sales.some(({ state }) => state === 'open')) return true
  const newest = sales.find(({ state }) => state === 'cleared')
  if (newest === undefined) return false
  const { evidence } = await saleWithEvidence(api, newest.id)
  return !evidence.anchored
}

async function anchoredSales({ actors }: Demo): Promise<number> {
  const { api } = actors.operator
  const cleared = (await allSales(api)).filter(({ state }) => state === 'cleared')
  let anchored = 0
  for (const { id } of cleared) {
    if ((await saleWithEvidence(api, id)).evidence.anchored) anchored += 1
  }
  return anchored
}
