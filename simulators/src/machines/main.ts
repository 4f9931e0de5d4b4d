/**
 * The process of the demo's three machines and their customers.
 *
 *   node main.ts --cloud URL --dir DIR [--seed N] [--mean-wait-ms N]
 *
 * Writes `<dir>/ports.json` and says with one line of JSON that it is ready; customers come when
 * `<dir>/devices.json` tells whose agents stand beside the machines. SIGUSR2 closes the doors: who
 * is at a machine finishes, nobody else comes. SIGTERM stops the machines as well. Cables that
 * `<dir>/unplugged.json` names are out.
 */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { deviceId } from '@tillproof/shared/api/fields.ts'
import { z } from 'zod'
import { seededRandom } from '../random.ts'
import { followCables } from './cables.ts'
import { type DeviceIds, type Machines, sendCustomers } from './customers.ts'
import { startMassageChair } from './massage-chair.ts'
import { chairPortBefore, portsOf, writePorts } from './ports-file.ts'
import { CHAIR_MINUTE_MS, CURRENCY, SHELF } from './price-list.ts'
import { startSharedCar } from './shared-car.ts'
import { startVendingMachine } from './vending-machine.ts'

const devicesFile = z.strictObject({ vending: deviceId, chair: deviceId, car: deviceId })
const args = z.strictObject({
  cloud: z.url(),
  dir: z.string().min(1),
  seed: z.coerce.number().int().default(1),
  'mean-wait-ms': z.coerce.number().positive().default(3000),
})

async function main(): Promise<void> {
  const { cloud, dir, seed, 'mean-wait-ms': meanWaitMs } = readArgs()
  const random = seededRandom(seed)
  const machines = await startMachines(dir, random)
  const ports = portsOf(machines)
  writePorts(dir, ports)
  const stopping = onSignals('SIGINT', 'SIGTERM')
  const closing = AbortSignal.any([stopping, onSignals('SIGUSR2')])
  console.log(JSON.stringify({ ready: true, dir, ports }))
  const cables = followCables(dir, machines, stopping)
  const devices = await readDevices(join(dir, 'devices.json'), stopping)
  if (devices !== null) {
    const say = (line: string) => console.log(line)
    const signals = { closing, signal: stopping }
    await sendCustomers({ cloud, devices, machines, random, ...signals, meanWaitMs, say })
  }
  if (!stopping.aborted) await once(stopping, 'abort')
  await cables
  await Promise.all([machines.vending.stop(), machines.chair.stop(), machines.car.stop()])
}

function readArgs() {
  const option = { type: 'string' } as const
  const { values } = parseArgs({
    options: { cloud: option, dir: option, seed: option, 'mean-wait-ms': option },
  })
  const read = args.parse(values)
  return { ...read, dir: resolve(read.dir) }
}

/** The ports lie in a folder of short names: paths of terminals and links have their limits. */
async function startMachines(dir: string, random: () => number): Promise<Machines> {
  const lines = join(dir, 'lines')
  const chair = { dir, port: chairPortBefore(dir), minuteMs: CHAIR_MINUTE_MS }
  // One vend in thirty fails: a spiral that turns and drops nothing.
  const works = () => random() >= 1 / 30
  return {
    vending: startVendingMachine({ dir: lines, currency: CURRENCY, shelf: SHELF, works }),
    chair: await startMassageChair(chair),
    car: startSharedCar({ dir: lines }),
  }
}

async function readDevices(file: string, stopping: AbortSignal): Promise<DeviceIds | null> {
  while (!existsSync(file)) {
    if (stopping.aborted) return null
    await sleep(200)
  }
  return devicesFile.parse(JSON.parse(readFileSync(file, 'utf8')))
}

function onSignals(...signals: NodeJS.Signals[]): AbortSignal {
  const controller = new AbortController()
  for (const signal of signals) process.once(signal, () => controller.abort())
  return controller.signal
}

await main()
