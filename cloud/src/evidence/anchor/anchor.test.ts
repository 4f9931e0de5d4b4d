/** The anchor's rules, one row for each thing a chain can show. */
import { describe, expect, test } from 'vitest'
import { type Anchor, nextStep, type Sight } from './anchor.ts'

const hash = (byte: string) => `0x${byte.repeat(32)}` as const
const root = hash('aa')
const anchor: Anchor = {
  id: 1n,
  size: 10,
  root,
  nonce: 4,
  gasPrice: 1_000n,
  raw: '0x00',
  hashes: [hash('01')],
  state: 'submitted',
  block: null,
  blockHash: null,
  sentAtMs: 1_000,
}
const receipt = { hash: hash('01'), block: 20n, blockHash: hash('b1'), succeeded: true }
const nothing: Sight = {
  nonce: 4,
  receipt: undefined,
  canonical: undefined,
  tip: 19n,
  storedRoot: hash('00'),
}
const seen: Sight = { nonce: 5, receipt, canonical: hash('b1'), tip: 20n, storedRoot: root }
const mined: Anchor = { ...anchor, state: 'mined', block: 20n, blockHash: hash('b1') }
const rules = { confirmations: 2, stuckAfterMs: 10_000 }

const table: [string, Anchor, Sight, number, object][] = [
  ['never sent', { ...anchor, sentAtMs: null }, nothing, 2_000, { do: 'send' }],
  ['sent, not mined', anchor, nothing, 2_000, { do: 'wait' }],
  ['not mined for long', anchor, nothing, 11_000, { do: 'bump' }],
  ['not mined for long, gas is free', { ...anchor, gasPrice: 0n }, nothing, 11_000, { do: 'send' }],
  ['in a block', anchor, seen, 2_000, { do: 'mined', receipt }],
  ['in a block that is not canonical', anchor, { ...seen, canonical: hash('b2') }, 2_000, wait()],
  ['reverted', anchor, { ...seen, receipt: { ...receipt, succeeded: false } }, 2_000, failed()],
  ['mined, too shallow', mined, { ...seen, tip: 21n }, 2_000, wait()],
  ['mined, deep enough', mined, { ...seen, tip: 22n }, 2_000, { do: 'final' }],
  ['deep enough, root missing', mined, { ...seen, tip: 22n, storedRoot: hash('00') }, 0, wait()],
  ['gone from the chain', mined, nothing, 2_000, { do: 'unmined' }],
  ['its nonce used by another', anchor, { ...nothing, nonce: 5 }, 2_000, failed()],
  ['receipt late, root there', anchor, { ...nothing, nonce: 5, storedRoot: root }, 0, wait()],
  ['chain gone back behind it', mined, { ...nothing, nonce: 3 }, 2_000, failed()],
]

describe('nextStep', () => {
  test.each(table)('%s', (_name, row, sight, nowMs, expected) => {
    expect(nextStep(row, sight, rules, nowMs)).toMatchObject(expected)
  })

  test('mined again in another block after a reorg', () => {
    const moved = { ...receipt, block: 21n, blockHash: hash('b9') }
    const sight = { ...seen, receipt: moved, canonical: hash('b9'), tip: 30n }
    expect(nextStep(mined, sight, rules, 2_000)).toEqual({ do: 'mined', receipt: moved })
  })
})

function wait() {
  return { do: 'wait' }
}
function failed() {
  return { do: 'failed' }
}
