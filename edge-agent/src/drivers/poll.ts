/** Looks at a Modbus box again and again, and writes to it what a deed asks for. */
import {
  type BlockAnswer,
  decodeSnapshot,
  encodeRegister,
  readBlocks,
  type Snapshot,
} from '@tillproof/firmware-bridge/modbus/decode.ts'
import type { ModbusProfile } from '@tillproof/firmware-bridge/modbus/profile.ts'
import type { Clock } from '../clock.ts'
import type { ModbusBus } from '../ports/modbus-bus.ts'
import type { PortLog } from '../ports/port.ts'

export type BoxOptions = {
  bus: ModbusBus
  unitId: number
  profile: ModbusProfile
  clock: Clock
  log: PortLog
  onSnapshot(snapshot: Snapshot): void
  /** Asked in vain; the reason is in the port's status. */
  onSilence(): void
}

export type ModbusBox = {
  /** Writes a register of the profile; false when the box did not confirm. */
  writeRegister(name: string, raw: bigint): Promise<boolean>
  writeBit(name: string, on: boolean): Promise<boolean>
  stop(): void
}

/** The pause after a look; a look itself takes some tens of milliseconds. */
const POLL_MS = 400

export function pollBox(options: BoxOptions): ModbusBox {
  const { bus, unitId, profile, clock, log } = options
  const blocks = readBlocks(profile)
  let stopped = false
  let cancel = clock.after(0, look)

  function look(): void {
    void readAll()
      .then(snapshot => {
        if (stopped) return
        if (snapshot === null) options.onSilence()
        else options.onSnapshot(snapshot)
      })
      .finally(() => {
        if (!stopped) cancel = clock.after(POLL_MS, look)
      })
  }

  async function readAll(): Promise<Snapshot | null> {
    const answers: BlockAnswer[] = []
    for (const block of blocks) {
      const answer = await bus.read(unitId, block)
      if (!answer.ok) return null
      answers.push({ block, words: answer.value })
    }
    return decodeSnapshot(profile, answers)
  }

  return {
    async writeRegister(name, raw) {
      const point = profile.registers[name]
      if (point?.writable !== true) return false
      const written = await bus.writeRegisters(unitId, point.address, encodeRegister(point, raw))
      if (!written.ok) log.warn({ register: name, refused: written.refused }, 'write refused')
      return written.ok
    },
    async writeBit(name, on) {
      const point = profile.bits[name]
      if (point?.writable !== true) return false
      const written = await bus.writeCoil(unitId, point.address, on)
      if (!written.ok) log.warn({ bit: name, refused: written.refused }, 'write refused')
      return written.ok
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
