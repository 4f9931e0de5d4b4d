/**
 * The firmware in C against the session in TypeScript over real pseudo-terminals: noise, torn,
 * dropped, doubled and flipped pieces, both sides killed on the way. Nothing is lost without a
 * word, nothing is told twice. Needs a C compiler, which `npm test` installs on Debian.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BridgeFact } from '@tillproof/firmware-bridge/bridge/memory.ts'
import { encodeSentence, nmeaFramer } from '@tillproof/firmware-bridge/nmea/framer.ts'
import { hasCompiler } from '@tillproof/firmware-bridge/testing/c-compiler.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import { until } from './bench.ts'
import { type BridgeGateway, type Disk, startGateway } from './bridge-gateway.ts'
import {
  type BridgeProgram,
  faultyWire,
  makeBridgeProgram,
  startBridgeProgram,
  type WireFault,
} from './bridge-program.ts'

const FAULTS: WireFault[] = ['noise', 'torn', 'dropped', 'doubled', 'flipped']
const DOOR = 3

describe.skipIf(!hasCompiler())('a bridge in C', () => {
  let built: string
  let program: string
  let dir: string
  let bridge: BridgeProgram
  let gateway: BridgeGateway
  let disk: Disk
  let sessions = 0

  beforeAll(() => {
    built = mkdtempSync(join(tmpdir(), 'tillproof-bridge-'))
    program = makeBridgeProgram(built)
  })
  afterAll(() => rmSync(built, { recursive: true, force: true }))

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tillproof-bridge-'))
    disk = { facts: [], memory: null }
    bridge = startBridgeProgram({ dir, program })
    await startAnew()
  })
  afterEach(async () => {
    await gateway.kill()
    await bridge.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  async function startAnew(): Promise<void> {
    gateway = startGateway(bridge.path, disk, ++sessions)
    await until('talking', () => gateway.state().phase === 'talking')
  }

  const added = (input: number) =>
    sum(disk.facts.map(fact => (isPulse(fact, input) ? fact.added : 0)))
  const doors = () =>
    disk.facts.flatMap(fact => (fact.type === 'contact' && fact.role === 'door' ? fact.active : []))

  test('counts, doors, positions and relays over a quiet line', async () => {
    await until('all inputs told', () => disk.facts.length === 6)
    const { discarded } = gateway.state()
    bridge.pulse(0, 12)
    bridge.pulse(1, 3)
    await until('pulses', () => added(0) === 12 && added(1) === 3)
    bridge.contact(DOOR, true)
    await until('door', () => doors().length === 2)
    expect(doors()).toEqual([false, true])
    bridge.gnss('$GPRMC,,V,,,,,,,,,,N*53')
    await until('sentence', () => gateway.gnss().text.endsWith('\n'))
    expect(nmeaFramer().push(Buffer.from(gateway.gnss().text))).toMatchObject([{ type: 'RMC' }])
    expect(await gateway.switchOutput(1, true, 100)).toBe('done')
    expect(await gateway.switchOutput(7, true)).toBe('no-such-output')
    await until('back', () => bridge.outputs().length === 4)
    expect(bridge.outputs().slice(2)).toEqual(['output 1 on', 'output 1 off'])
    await until('heartbeat', () => gateway.state().heartbeat !== null)
    expect(gateway.state()).toMatchObject({ discarded, heartbeat: { firmware: 'host-1.0.0' } })
  })

  test.each(FAULTS)('%s on the wire: every pulse and change once', async fault => {
    bridge.useWire(faultyWire([fault], 0.2, seededRandom(7)))
    for (let change = 1; change <= 8; change++) {
      bridge.pulse(0, 5)
      bridge.contact(DOOR, change % 2 === 1)
      await until(`door ${change}`, () => bridge.counted()[0] === 5 * change)
    }
    bridge.useWire(bytes => [bytes])
    await until('all told', () => added(0) === 40 && doors().length === 9)
    expect(doors()).toEqual([false, true, false, true, false, true, false, true, false])
    expect(disk.facts.filter(({ type }) => type === 'lost')).toEqual([])
  })

  test('both sides killed on a bad line: what was told adds up to what was counted', async () => {
    bridge.useWire(faultyWire(FAULTS, 0.15, seededRandom(11)))
    for (let round = 1; round <= 3; round++) {
      bridge.pulse(0, 20)
      bridge.pulse(2, 20)
      await until('half', () => (bridge.counted()[0] ?? 0) >= 20 * round - 10)
      await gateway.kill()
      await until('counted', () => bridge.counted()[2] === 20 * round)
      await until('counted', () => bridge.counted()[0] === 20 * round)
      await bridge.kill()
      bridge.start()
      await startAnew()
    }
    bridge.useWire(bytes => [bytes])
    await until('all told', () => added(0) === 60 && added(2) === 60)
    const starts = disk.facts.filter(({ type }) => type === 'started')
    expect(starts.map(fact => fact.type === 'started' && fact.boot)).toEqual([1, 2, 3, 4])
    for (const input of [0, 2]) {
      const raws = disk.facts.flatMap(fact => (isPulse(fact, input) ? fact.raw : []))
      expect(raws).toEqual([...new Set(raws)].sort((a, b) => a - b))
    }
  })

  test('of a receiver’s bytes, those that came and those said to be missing are all', async () => {
    const sentences = Array.from({ length: 60 }, (_, at) => sentence(at))
    bridge.gnss(sentence(0))
    await until('the first one', () => gateway.gnss().text.endsWith('\n'))
    bridge.useWire(faultyWire(FAULTS, 0.2, seededRandom(3)))
    for (const text of sentences.slice(1)) {
      bridge.gnss(text)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    bridge.useWire(bytes => [bytes])
    await until('talking', () => gateway.state().phase === 'talking')
    bridge.gnss(sentence(60))
    const all = [...sentences, sentence(60)].map(text => `${text}\r\n`).join('')
    const { text, missing } = await untilWhole(() => gateway.gnss(), sentence(60))
    expect(text.length + missing).toBe(all.length)
    expect(missing).toBeGreaterThan(0)
    const numbers = nmeaFramer()
      .push(Buffer.from(text))
      .flatMap(frame => (frame.kind === 'sentence' ? Number(frame.fields[0]) : []))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(numbers.at(-1)).toBe(60)
  })

  test('a relay moves once for each command, however often it is said', async () => {
    bridge.useWire(faultyWire(FAULTS, 0.5, seededRandom(5)))
    const outcomes: string[] = []
    for (let turn = 0; turn < 10; turn++) {
      outcomes.push(await gateway.switchOutput(0, turn % 2 === 0))
    }
    expect(outcomes).toEqual(Array(10).fill('done'))
    expect(gateway.state().discarded).toBeGreaterThan(0)
    const moves = bridge.outputs().slice(2)
    expect(moves).toEqual(
      Array.from({ length: 10 }, (_, at) => `output 0 ${at % 2 ? 'off' : 'on'}`),
    )
  })

  test('unplugged and plugged in again: what was counted meanwhile is told', async () => {
    await until('all inputs told', () => disk.facts.length === 6)
    bridge.port.unplug()
    await until('closed', () => gateway.state().phase === 'closed')
    bridge.pulse(0, 50)
    await until('counted', () => bridge.counted()[0] === 50)
    bridge.port.replug()
    await until('told', () => added(0) === 50)
    expect(disk.facts.filter(({ type }) => type === 'lost')).toEqual([])
  })
})

function isPulse(fact: BridgeFact, input: number): fact is BridgeFact & { type: 'pulses' } {
  return fact.type === 'pulses' && fact.input === input
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function sentence(number: number): string {
  return Buffer.from(encodeSentence('GPTXT', [String(number)]))
    .toString()
    .trim()
}

async function untilWhole<Heard extends { text: string }>(
  heard: () => Heard,
  last: string,
): Promise<Heard> {
  await until('the last sentence', () => heard().text.includes(`${last}\r\n`))
  return heard()
}
