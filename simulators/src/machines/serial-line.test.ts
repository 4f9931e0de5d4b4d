/** The agent's serial supervisor on real pseudo-terminals: silence, unplugging, absent devices. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { openSerialLine, type SerialLine } from '@tillproof/edge-agent/ports/serial-line.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from './bench.ts'
import { type MachinePort, openMachinePort } from './pty.ts'

const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

let dir: string
let port: MachinePort
let line: SerialLine
let atMachine: string
let atAgent: string
let states: string[]
let opened: number

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-line-'))
  atMachine = ''
  atAgent = ''
  states = []
  opened = 0
  port = openMachinePort({
    path: join(dir, 'port'),
    onData: bytes => {
      atMachine += String.fromCharCode(...bytes)
    },
  })
})

afterEach(async () => {
  await line.stop()
  port.unplug()
  rmSync(dir, { recursive: true, force: true })
})

function open(watchdogMs: number | null): SerialLine {
  return openSerialLine({
    name: 'port',
    path: port.path,
    baudRate: 115_200,
    clock: systemClock,
    log,
    watchdogMs,
    onOpen: () => opened++,
    onChunk: chunk => {
      atAgent += String.fromCharCode(...chunk)
    },
    onState: state => states.push(state),
  })
}

test('bytes go both ways, control characters and all', async () => {
  line = open(null)
  await until('up', () => line.status().state === 'up')
  expect(await line.write(Uint8Array.of(0x03, 0x04, 0x0a, 0xff))).toBe('written')
  port.write(Uint8Array.of(0x0d, 0x11, 0x13, 0x00))
  await until('heard', () => atMachine.length === 4 && atAgent.length === 4)
  expect(atMachine).toBe('\x03\x04\x0a\xff')
  expect(atAgent).toBe('\x0d\x11\x13\x00')
})

test('unplugged and plugged in again, three times', async () => {
  line = open(null)
  for (let round = 1; round <= 3; round++) {
    await until('up', () => line.status().state === 'up')
    port.unplug()
    await until('down', () => line.status().state !== 'up')
    expect(await line.write(Uint8Array.of(1))).toBe('not-open')
    port.replug()
  }
  await until('up', () => line.status().state === 'up')
  expect(line.status().reopenCount).toBe(3)
  port.write(new TextEncoder().encode('back'))
  await until('heard', () => atAgent === 'back')
})

test('a device that is not there yet is found when it comes', async () => {
  port.unplug()
  line = open(null)
  await until('down', () => line.status().state === 'down')
  expect(line.status().detail).toContain('No such file')
  port.replug()
  await until('up', () => line.status().state === 'up')
  expect(line.status().reopenCount).toBe(0)
})

test('a watched device is up from its first good frame, lost when it falls silent', async () => {
  line = open(300)
  await until('opened', () => opened === 1)
  port.write(new TextEncoder().encode('hello'))
  await until('heard', () => atAgent === 'hello')
  expect(states).toEqual([])
  line.noteGoodFrame()
  expect(line.status().state).toBe('up')
  expect(line.status().lastGoodFrameAtMs).not.toBeNull()
  await until('silence noticed', () => line.status().state !== 'up')
  expect(states.slice(0, 2)).toEqual(['up', 'down'])
  expect(line.status().detail).toBe('silent for 300 ms')
})
