/** A Modbus box as a port: looked at again and again, its points out, writes and pulses in. */
import type { Snapshot } from '@tillproof/firmware-bridge/modbus/decode.ts'
import type { ModbusProfile } from '@tillproof/firmware-bridge/modbus/profile.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Points } from '../profile/look.ts'
import type { TimedWrite } from '../session/timed-state.ts'
import type { LineDeps, MachineLine } from './line.ts'
import { type ModbusBox, pollBox } from './poll.ts'

export function openModbusBox(deps: LineDeps): MachineLine {
  const { line, clock, log, onFact } = deps
  const map = mapOf(deps)
  const bus = deps.buses.join({
    name: deps.name,
    line,
    onState(state, detail) {
      deps.onState(state, detail)
      if (state === 'down') onFact({ kind: 'silent' })
    },
  })
  const box = pollBox({
    bus,
    unitId: line.unitId,
    profile: map,
    clock,
    log,
    onSnapshot: snapshot => onFact({ kind: 'points', points: pointsOf(snapshot) }),
    onSilence: () => onFact({ kind: 'silent' }),
  })
  return {
    status: bus.status,
    do: deed =>
      deed.type === 'write' ? write(deps, box, map, deed.write) : Promise.resolve(false),
    async stop() {
      box.stop()
      await bus.stop()
    },
  }
}

function mapOf({ name, map }: LineDeps): ModbusProfile {
  if (map !== undefined) return map
  throw new TillproofError(
    'port.unusable',
    `The port ${name} has no register map.`,
    'Name one in the machine’s profile.',
  )
}

function pointsOf({ registers, bits }: Snapshot): Points {
  const numbers = Object.entries(registers).map(([name, reading]) => [name, reading?.raw] as const)
  const flags = Object.entries(bits).map(([name, bit]) => {
    return [name, bit === undefined ? undefined : BigInt(bit)] as const
  })
  return Object.fromEntries([...numbers, ...flags])
}

async function write(
  deps: LineDeps,
  box: ModbusBox,
  map: ModbusProfile,
  deed: TimedWrite,
): Promise<boolean> {
  if ('pulses' in deed) return pulse(deps, box, deed)
  const { point, value } = deed
  if (map.bits[point] !== undefined) return box.writeBit(point, value !== 0)
  return box.writeRegister(point, BigInt(Math.ceil(value)))
}

/** Stops at the first switch that is not confirmed: what came after it could be counted twice. */
async function pulse(
  { clock }: LineDeps,
  box: ModbusBox,
  { point, pulses, widthMs }: Extract<TimedWrite, { pulses: number }>,
): Promise<boolean> {
  for (let sent = 0; sent < pulses; sent++) {
    for (const on of [true, false]) {
      if (!(await box.writeBit(point, on))) return false
      await new Promise<void>(resolve => clock.after(widthMs, resolve))
    }
  }
  return true
}
