/**
 * `ports.json` in the machines' folder: for each machine the `machine` part of its agent's
 * settings, ready to be written into an agent.yaml. It is read again at the next start, so that
 * the chair's box listens where its agent looks for it.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MachineSettings } from '@tillproof/edge-agent/profile/machine.ts'
import type { Machines } from './customers.ts'
import { asSettings, CAR_OFFERS, CHAIR_OFFERS, CURRENCY } from './price-list.ts'

export type MachinePorts = Record<keyof Machines, MachineSettings>

export function portsOf({ vending, chair, car }: Machines): MachinePorts {
  const { host, port, unitId } = chair.ports.timer
  return {
    vending: {
      profile: 'vending-mdb-reader',
      currency: CURRENCY,
      ports: {
        mdb: { path: vending.ports.mdb, baud: 115_200 },
        scanner: { path: vending.ports.scanner, baud: 9600 },
      },
    },
    chair: {
      profile: 'massage-chair-modbus',
      currency: CURRENCY,
      offers: asSettings(CHAIR_OFFERS),
      ports: { timer: { tcp: `${host}:${port}`, unitId } },
    },
    car: {
      profile: 'shared-car',
      currency: CURRENCY,
      offers: asSettings(CAR_OFFERS),
      ports: {
        gps: { path: car.ports.gps, baud: 9600 },
        body: { path: car.ports.body, baud: 19_200, unitId: 1 },
      },
    },
  }
}

export function writePorts(dir: string, ports: MachinePorts): void {
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'ports.json')
  writeFileSync(`${file}.new`, `${JSON.stringify(ports, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** The TCP port that the chair's box had before, 0 when there was none. */
export function chairPortBefore(dir: string): number {
  try {
    const text = readFileSync(join(dir, 'ports.json'), 'utf8')
    const tcp: unknown = JSON.parse(text)?.chair?.ports?.timer?.tcp
    return typeof tcp === 'string' ? Number(tcp.slice(tcp.lastIndexOf(':') + 1)) || 0 : 0
  } catch {
    return 0
  }
}
