/** The benchmark takes in what it sends: every event is found again, and money is one in five. */
import { expect, test } from 'vitest'
import { runAnyhow } from '../../demo/run-to-end.ts'
import { rowsOf } from './copied-events.ts'
import { newMachine } from './fleet.ts'
import { jwsOf } from './on-the-wire.ts'

const machine = newMachine()
const batches = [machine.nextBatch(), machine.nextBatch(), machine.nextBatch()]

test('a fifth of the events are about money, and sales reach over batches', () => {
  const money = batches.map(({ events }) => events.filter(({ event }) => event.sale !== undefined))
  expect(money.map(({ length }) => length)).toEqual([18, 20, 20])
  expect(money[1]?.slice(0, 3).map(({ event }) => [event.index, event.kind, event.sale])).toEqual([
    [100, 'sale.approved', 98],
    [101, 'sale.result', 98],
    [118, 'sale.requested', 118],
  ])
})

test('a copied row has what a batch keeps of its event', () => {
  const operatorId = '6f1b6a52-7a4b-4ad0-9d6a-0f4a6a3f1a11'
  const [first] = rowsOf(operatorId, batches).text.split('\n')
  const { event, parts, leaf } = batches[0]?.events[0] ?? expect.unreachable()
  const hex = (bytes: Uint8Array) => `\\\\x${Buffer.from(bytes).toString('hex')}`
  expect(first?.split('\t')).toEqual([
    operatorId,
    machine.deviceId,
    '1',
    '0',
    new Date(event.atMs).toISOString(),
    'genesis',
    hex(parts.open),
    hex(parts.openSalt),
    '\\N',
    '\\N',
    hex(leaf),
  ])
})

test('a JWS says what its event says', () => {
  const [, jws] = jwsOf(batches[1] ?? expect.unreachable())
  const [header, payload, signature] = (jws ?? '')
    .split('.')
    .map(part => Buffer.from(part, 'base64url'))
  expect(JSON.parse(String(header))).toEqual({ alg: 'EdDSA', kid: machine.origin })
  expect(JSON.parse(String(payload))).toMatchObject({ index: 101, kind: 'sale.result', sale: 98 })
  expect(signature).toHaveLength(64)
})

test('the command tells its ratios, and by its exit code whether targets were met', async () => {
  const launcher = `${import.meta.dirname}/../../../bin/tillproof.mjs`
  const small = ['--machines', '3', '--batches', '2', '--rounds', '1', '--json']
  const asked = [launcher, 'bench', 'ingest', ...small]
  const { exitCode, stdout, stderr } = await runAnyhow(process.execPath, asked)
  expect(stderr).toBe('')
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({
    suite: 'ingest',
    settings: { machines: 3, batches: 2, rounds: 1 },
  })
  expect(result.ratios.map(({ target }: { target: number }) => target)).toEqual([
    1,
    null,
    10,
    1 / 3,
    null,
  ])
  expect(exitCode).toBe(result.met ? 0 : 1)
}, 240_000)
