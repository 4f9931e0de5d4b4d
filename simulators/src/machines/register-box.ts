/**
 * Any Modbus RTU box made from a register map alone: counters that somebody works, writable points
 * that hold what was written. What its registers mean beyond that is for machines of their own.
 */
import { loadRegisterMap } from '@tillproof/edge-agent/drivers/register-map.ts'
import { type FaultName, openFaultyPort } from './faults.ts'
import { answerRtu } from './modbus-lines.ts'
import { modbusUnit } from './modbus-unit.ts'

export type RegisterBox = {
  path: string
  /** Raw values by name, as the box holds them; bits as 0 and 1. */
  values(): Record<string, bigint>
  /** Every counter moves on by `by`. */
  count(by: bigint): void
  stop(): void
}

/** An answer with registers; the fault strikes at the third of them. */
const FAULTS = { fromBytes: 6, at: 3, lateMs: 550 }

/** `map`: a register map of the agent's by name, or the path of one. */
export function startRegisterBox(options: {
  path: string
  map: string
  unitId?: number
  fault?: FaultName | null
}): RegisterBox {
  const map = loadRegisterMap(options.map)
  const counters = Object.entries(map.registers).filter(([, it]) => it.counterBits !== undefined)
  // Each another value, so that one taken for the other is seen.
  const values = new Map(counters.map(([name], i) => [name, 1000n * BigInt(i + 1)]))
  const unit = modbusUnit(map, {
    read: name => values.get(name) ?? 0n,
    write: (name, raw) => void values.set(name, raw),
  })
  const port = openFaultyPort({
    path: options.path,
    fault: options.fault ?? null,
    ...FAULTS,
    onData: answerRtu({ unitId: options.unitId ?? 1, unit, write: bytes => port.write(bytes) }),
    onCounterReset() {
      for (const [name] of counters) values.set(name, 0n)
    },
  })
  return {
    path: port.path,
    values: () => Object.fromEntries(values),
    count(by) {
      for (const [name, { counterBits = 64 }] of counters) {
        values.set(name, BigInt.asUintN(counterBits, (values.get(name) ?? 0n) + by))
      }
    },
    stop: () => port.unplug(),
  }
}
