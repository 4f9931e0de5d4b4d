/** `tillproof agent ports` on real pseudo-terminals: what it recognises, and that it is silent. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discover } from '@tillproof/edge-agent/ports/discover/discover.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openMachinePort } from './pty.ts'
import { type SharedCar, startSharedCar } from './shared-car.ts'
import { startVendingMachine, type VendingMachine } from './vending-machine.ts'

let dir: string
let vending: VendingMachine
let car: SharedCar
let showing: NodeJS.Timeout

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-discover-'))
  vending = startVendingMachine({ dir, currency: 'CNY', shelf: { 1: 350n } })
  car = startSharedCar({ dir })
  showing = setInterval(() => vending.scan('https://pay.example/1'), 150)
})
afterEach(async () => {
  clearInterval(showing)
  await vending.stop()
  await car.stop()
  rmSync(dir, { recursive: true, force: true })
})

function look(named: string[], probe: boolean) {
  return discover({ named, probe, listenMs: 600, say: () => undefined })
}

test('receiver, scanner and, when asked for its version, the MDB adapter', async () => {
  const { mdb, scanner } = vending.ports
  const found = await look([mdb, scanner, car.ports.gps], true)
  const byPath = Object.fromEntries(found.ports.map(port => [port.path, port.seems?.driver]))
  expect(byPath).toEqual({ [mdb]: 'mdb-reader', [scanner]: 'scanner', [car.ports.gps]: 'gps' })
  expect(found.suggestion).toMatchObject({ profile: 'vending-mdb-reader', missing: [] })
  expect(found.suggestion?.yaml).toContain(`mdb: { path: ${mdb}, baud: 115200 }`)
})

test('without --probe not one byte is sent', async () => {
  let heard = 0
  const port = openMachinePort({
    path: join(dir, 'unknown'),
    onData: bytes => {
      heard += bytes.length
    },
  })
  const { ports } = await look([port.path], false)
  expect(ports[0]).toMatchObject({ state: 'free', seems: null })
  expect(ports[0]?.detail).toContain('silent')
  expect(heard).toBe(0)
  port.unplug()
})
