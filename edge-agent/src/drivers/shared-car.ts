/** Wires a shared car: I/O box on Modbus RTU, GPS on its own line, the session, the journal. */
import type { Snapshot } from '@tillproof/firmware-bridge/modbus/decode.ts'
import type { MachineConfig } from '../config.ts'
import { openModbusBus } from '../ports/modbus-bus.ts'
import { sharedCar } from '../session/shared-car.ts'
import type { CarDeed, CarReading } from '../session/shared-car-state.ts'
import { readVoucher } from '../session/voucher.ts'
import type { DriverDeps, Drivers } from './drivers.ts'
import { openGps } from './gps.ts'
import { pollBox } from './poll.ts'
import { notePortChanges } from './port-events.ts'
import { loadRegisterMap } from './register-map.ts'
import { runSession } from './runner.ts'

export function startSharedCar(
  deps: DriverDeps,
  config: MachineConfig & { kind: 'shared-car' },
): Drivers {
  const { clock, log, deviceId, voucherKey } = deps
  const { body, gps } = config.ports
  const note = notePortChanges(deps, 'body')
  const bus = openModbusBus({
    name: 'body',
    transport: { kind: 'rtu', path: body.path, baudRate: body.baud },
    clock,
    log,
    onState(state, detail) {
      note(state, detail)
      if (state === 'down') session.feed({ type: 'bus-lost' })
    },
  })
  const session = runSession(sharedCar(config), {
    ...deps,
    perform: (deed: CarDeed) => void box.writeBit('unlocked', deed.type === 'unlock'),
  })
  const box = pollBox({
    bus,
    unitId: body.unitId,
    profile: loadRegisterMap(config.profile),
    clock,
    log,
    onSnapshot(snapshot) {
      const reading = readingOf(snapshot)
      session.feed(reading === null ? { type: 'bus-lost' } : { type: 'reading', reading })
    },
    onSilence: () => session.feed({ type: 'bus-lost' }),
  })
  const receiver = openGps({
    name: 'gps',
    path: gps.path,
    baudRate: gps.baud,
    clock,
    log,
    onFix: position => session.feed({ type: 'fix', position }),
    onState: notePortChanges(deps, 'gps'),
  })

  return {
    async offerVoucher(text) {
      const read = readVoucher(text, { publicKey: voucherKey, deviceId, nowMs: clock.nowMs() })
      return read.ok ? session.offer(read.credit) : read.refused
    },
    ports: () => [bus.status(), receiver.status()],
    async stop() {
      box.stop()
      await Promise.all([bus.stop(), receiver.stop()])
      await session.stop()
    },
  }
}

/** Null when the profile names no such points. */
function readingOf({ registers, bits }: Snapshot): CarReading | null {
  const { unlocked, doorOpen, ignition } = bits
  const odometer = registers.odometer?.raw
  if (unlocked === undefined || doorOpen === undefined) return null
  if (ignition === undefined || odometer === undefined) return null
  return { unlocked, doorOpen, ignition, odometer }
}
