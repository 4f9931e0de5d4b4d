/** Wires a massage chair: the timer box on Modbus TCP, the session, the journal. */
import type { Snapshot } from '@tillproof/firmware-bridge/modbus/decode.ts'
import type { MachineConfig } from '../config.ts'
import { openModbusBus } from '../ports/modbus-bus.ts'
import { type ChairDeed, type ChairReading, massageChair } from '../session/massage-chair.ts'
import { readVoucher } from '../session/voucher.ts'
import type { DriverDeps, Drivers } from './drivers.ts'
import { pollBox } from './poll.ts'
import { notePortChanges } from './port-events.ts'
import { loadRegisterMap } from './register-map.ts'
import { runSession } from './runner.ts'

export function startMassageChair(
  deps: DriverDeps,
  config: MachineConfig & { kind: 'massage-chair' },
): Drivers {
  const { clock, log, deviceId, voucherKey } = deps
  const { tcp, unitId } = config.ports.timer
  const note = notePortChanges(deps, 'timer')
  const bus = openModbusBus({
    name: 'timer',
    transport: tcpTransport(tcp),
    clock,
    log,
    onState(state, detail) {
      note(state, detail)
      if (state === 'down') session.feed({ type: 'bus-lost' })
    },
  })
  const session = runSession(massageChair(config), {
    ...deps,
    perform: (deed: ChairDeed) => void startChair(deed.minutes),
  })
  const box = pollBox({
    bus,
    unitId,
    profile: loadRegisterMap(config.profile),
    clock,
    log,
    onSnapshot(snapshot) {
      const reading = readingOf(snapshot)
      session.feed(reading === null ? { type: 'bus-lost' } : { type: 'reading', reading })
    },
    onSilence: () => session.feed({ type: 'bus-lost' }),
  })

  async function startChair(minutes: number): Promise<void> {
    if (await box.writeRegister('minutesToRun', BigInt(minutes))) {
      await box.writeRegister('start', 1n)
    }
  }

  return {
    async offerVoucher(text) {
      const read = readVoucher(text, { publicKey: voucherKey, deviceId, nowMs: clock.nowMs() })
      return read.ok ? session.offer(read.credit) : read.refused
    },
    ports: () => [bus.status()],
    async stop() {
      box.stop()
      await bus.stop()
      await session.stop()
    },
  }
}

const STATES = new Map<bigint | undefined, ChairReading['state']>([
  [0n, 'idle'],
  [1n, 'running'],
  [2n, 'fault'],
])

/** Null when the profile names no such registers, or the box answers what it must not. */
function readingOf({ registers }: Snapshot): ChairReading | null {
  const state = STATES.get(registers.state?.raw)
  const runs = registers.runs?.raw
  const minutes = registers.minutes?.raw
  if (state === undefined || runs === undefined || minutes === undefined) return null
  return { state, runs, minutes }
}

/** `host:port`, the host possibly an IPv6 address in brackets; checked by the settings' schema. */
function tcpTransport(address: string) {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '')
  return { kind: 'tcp', host, port: Number(address.slice(colon + 1)) } as const
}
