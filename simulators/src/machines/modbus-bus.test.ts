/** The agent's Modbus queue against boxes with bad manners, on a real pseudo-terminal. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { type ModbusBus, openModbusBus } from '@tillproof/edge-agent/ports/modbus-bus.ts'
import { connectBus } from '@tillproof/edge-agent/ports/modbus-connection.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from './bench.ts'
import { type Manners, type RogueBox, rogueBox } from './rogue-box.ts'

const TIMEOUT_MS = 200
const BLOCK = { table: 'holding', address: 0, count: 2 } as const
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

let dir: string
let box: RogueBox
let bus: ModbusBus
let states: string[]

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-bus-'))
  box = rogueBox(join(dir, 'bus'), TIMEOUT_MS + 60)
  states = []
  bus = openModbusBus({
    name: 'bus',
    transport: { kind: 'rtu', path: box.path, baudRate: 19_200 },
    clock: systemClock,
    log,
    timeoutMs: TIMEOUT_MS,
    onState: state => states.push(state),
  })
  await until('first answer', () => box.asked > 0 || void bus.read(1, BLOCK) === null)
  await until('up', () => bus.status().state === 'up')
  await until('quiet', () => box.next.length === 0)
})

afterEach(async () => {
  await bus.stop()
  box.port.unplug()
  rmSync(dir, { recursive: true, force: true })
})

async function ask(...manners: Manners[]) {
  box.next = manners
  const number = box.asked + 1
  const answer = await bus.read(1, BLOCK)
  return { answer, number }
}

test.each<Manners>(['good', 'leading-noise', 'split'])('%s is read', async manners => {
  const { answer, number } = await ask(manners)
  expect(answer).toEqual({ ok: true, value: [number, number] })
})

test.each<[Manners, string]>([
  ['silent', 'timeout'],
  ['bad-crc', 'bad-answer'],
  ['other-unit', 'timeout'],
  ['exception', 'exception'],
  ['short', 'timeout'],
])('%s is refused: %s, and the next answer is the next', async (manners, refused) => {
  const { answer } = await ask(manners)
  expect(answer).toMatchObject({ ok: false, refused })
  const next = await ask('good')
  expect(next.answer).toEqual({ ok: true, value: [next.number, next.number] })
})

test('a late answer of fitting length is not taken for the next one', async () => {
  const { answer } = await ask('late')
  expect(answer).toMatchObject({ ok: false, refused: 'timeout' })
  const next = await ask('good')
  expect(next.answer).toEqual({ ok: true, value: [next.number, next.number] })
})

test('concurrent callers each get their own answer', async () => {
  const first = box.asked + 1
  const answers = await Promise.all(Array.from({ length: 5 }, () => bus.read(1, BLOCK)))
  const numbers = answers.map(answer => (answer.ok ? answer.value[0] : undefined))
  expect(numbers).toEqual([0, 1, 2, 3, 4].map(i => first + i))
})

test('more callers than the queue holds are refused, the others are served', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => bus.read(1, BLOCK)))
  expect(answers.filter(answer => answer.ok).length).toBe(32)
  expect(answers.at(-1)).toMatchObject({ ok: false, refused: 'queue-full' })
})

test('a silent box takes the bus down, a talking one brings it up again', async () => {
  for (let i = 0; i < 3; i++) await ask('silent')
  expect(bus.status()).toMatchObject({ state: 'down', detail: 'Timed out' })
  await until('answer', () => bus.status().state === 'up' || void bus.read(1, BLOCK) === null)
  expect(bus.status().reopenCount).toBe(1)
  expect(states).toEqual(['up', 'down', 'opening', 'up'])
})

test('unplugged in the middle of a request: answered at once, back after the replug', async () => {
  box.next = ['silent']
  const asking = bus.read(1, BLOCK)
  await until('asked', () => box.next.length === 0)
  box.port.unplug()
  expect(await asking).toMatchObject({ ok: false })
  await until('down', () => bus.status().state !== 'up')
  expect(await bus.read(1, BLOCK)).toMatchObject({ ok: false, refused: 'bus-down' })
  box.port.replug()
  await until('answer', () => bus.status().state === 'up' || void bus.read(1, BLOCK) === null)
})

test('a question under way when the line is given up ends nothing but itself', async () => {
  let thrown = 0
  const count = () => thrown++
  process.on('uncaughtException', count)
  for (let round = 0; round < 10; round++) {
    const transport = { kind: 'rtu', path: box.path, baudRate: 19_200 } as const
    await bus.stop()
    const opened = await connectBus(transport, TIMEOUT_MS)
    if (!opened.ok) throw new TypeError(opened.detail)
    box.port.unplug()
    const asked = opened.connection.read(1, BLOCK)
    void opened.connection.close()
    expect((await asked).ok).toBe(false)
    box.port.replug()
  }
  await new Promise(resolve => setTimeout(resolve, 100))
  process.off('uncaughtException', count)
  expect(thrown).toBe(0)
})
