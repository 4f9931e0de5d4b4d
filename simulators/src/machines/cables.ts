/**
 * Cables of the demo's machines that somebody has pulled: `unplugged.json` in the machines' folder
 * names the ports that hang loose. Whoever edits it pulls the cable; the machines' process follows.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Machines } from './customers.ts'

/** Every cable that can be pulled, by machine. */
export const CABLES = {
  vending: ['mdb', 'scanner'],
  chair: ['timer'],
  car: ['gps', 'body'],
} as const satisfies Record<keyof Machines, readonly string[]>

export type MachineName = keyof typeof CABLES
/** `vending.mdb` */
export type Cable = {
  [Name in MachineName]: `${Name}.${(typeof CABLES)[Name][number]}`
}[MachineName]

export const ALL_CABLES = Object.entries(CABLES).flatMap(([machine, ports]) =>
  ports.map(port => `${machine}.${port}` as Cable),
)

const FOLLOW_EVERY_MS = 150
const looseFile = z.array(z.enum(ALL_CABLES as [Cable, ...Cable[]]))

/** Cables that are out now; none when there is no such file. */
export function looseCables(dir: string): Cable[] {
  try {
    return looseFile.parse(JSON.parse(readFileSync(join(dir, 'unplugged.json'), 'utf8')))
  } catch {
    return []
  }
}

/** Written beside and renamed: the machines never read half of it. */
export function leaveLoose(dir: string, cables: readonly Cable[]): void {
  const file = join(dir, 'unplugged.json')
  writeFileSync(`${file}.new`, `${JSON.stringify([...new Set(cables)])}\n`)
  renameSync(`${file}.new`, file)
}

/** All cables are in when machines are set up. */
export function plugAllIn(dir: string): void {
  rmSync(join(dir, 'unplugged.json'), { force: true })
}

/** Pulls and puts back what the file says, until `signal` aborts. */
export async function followCables(
  dir: string,
  machines: Machines,
  signal: AbortSignal,
): Promise<void> {
  const out = new Set<Cable>()
  while (!signal.aborted) {
    const loose = new Set(looseCables(dir))
    for (const cable of ALL_CABLES) {
      if (loose.has(cable) === out.has(cable)) continue
      await (loose.has(cable) ? pull : put)[cable](machines)
      if (loose.has(cable)) out.add(cable)
      else out.delete(cable)
    }
    await sleep(FOLLOW_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

type Hand = Record<Cable, (machines: Machines) => void | Promise<void>>

const pull: Hand = {
  'vending.mdb': ({ vending }) => vending.unplug('mdb'),
  'vending.scanner': ({ vending }) => vending.unplug('scanner'),
  'chair.timer': ({ chair }) => chair.unplug(),
  'car.gps': ({ car }) => car.unplug('gps'),
  'car.body': ({ car }) => car.unplug('body'),
}
const put: Hand = {
  'vending.mdb': ({ vending }) => vending.replug('mdb'),
  'vending.scanner': ({ vending }) => vending.replug('scanner'),
  'chair.timer': ({ chair }) => chair.replug(),
  'car.gps': ({ car }) => car.replug('gps'),
  'car.body': ({ car }) => car.replug('body'),
}
