/**
 * For tests: a Modbus RTU box with bad manners on a pseudo-terminal. It holds the request's count
 * of registers, each with the number of the request, so that answers can be told apart.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeRtu, rtuRequestFramer } from '@tillproof/firmware-bridge/modbus/rtu.ts'
import { type MachinePort, openMachinePort } from './pty.ts'

export type Manners =
  | 'good'
  | 'silent'
  | 'bad-crc'
  | 'late'
  | 'leading-noise'
  | 'split'
  | 'other-unit'
  | 'exception'
  | 'short'

export type RogueBox = { path: string; asked: number; next: Manners[]; port: MachinePort }

/** Answers with the first of `next`, then as a good box. `lateMs`: beyond the master's patience. */
export function rogueBox(path: string, lateMs: number): RogueBox {
  const framer = rtuRequestFramer()
  const port = openMachinePort({
    path,
    onData(bytes) {
      for (const frame of framer.push(bytes)) {
        if (frame.kind === 'request') void answer(frame.unit, frame.pdu)
      }
    },
  })
  const box: RogueBox = { path, asked: 0, next: [], port }

  async function answer(unit: number, pdu: Uint8Array): Promise<void> {
    const number = ++box.asked
    const count = pdu[4] ?? 0
    const data = Array.from({ length: count }, () => [number >> 8, number & 0xff]).flat()
    const good = encodeRtu(unit, Uint8Array.of(pdu[0] ?? 0, data.length, ...data))
    await misbehave(box.next.shift() ?? 'good', unit, pdu[0] ?? 0, good)
  }

  async function misbehave(how: Manners, unit: number, fn: number, good: Uint8Array) {
    switch (how) {
      case 'good':
        return port.write(good)
      case 'silent':
        return
      case 'bad-crc':
        return port.write(good.with(-1, (good.at(-1) ?? 0) ^ 0xff))
      case 'late':
        await sleep(lateMs)
        return port.write(good)
      case 'leading-noise':
        return port.write(Uint8Array.of(0x00, 0xff, ...good))
      case 'split':
        port.write(good.slice(0, 4))
        await sleep(60)
        return port.write(good.slice(4))
      case 'other-unit':
        return port.write(encodeRtu(unit + 1, good.slice(1, -2)))
      case 'exception':
        return port.write(encodeRtu(unit, Uint8Array.of(fn | 0x80, 2)))
      case 'short':
        return port.write(encodeRtu(unit, good.slice(1, -4)))
    }
  }

  return box
}
