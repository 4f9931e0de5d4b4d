/** Each lie about a machine that a log can tell, and the name that the monitor gives it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { reportText } from './report.ts'
import {
  kindsOf,
  type LyingCloud,
  policyText,
  TestDevice,
  type TestMonitor,
  testMonitor,
} from './testing.ts'

let monitor: TestMonitor
let cloud: LyingCloud
let chair: TestDevice
let car: TestDevice

beforeEach(async () => {
  monitor = await testMonitor()
  ;({ cloud } = monitor)
  chair = new TestDevice('d0000000000ca')
  car = new TestDevice('d0000000000cb')
})
afterEach(() => monitor.remove())

const look = (policy?: string, ...seen: string[]) => monitor.look(policy, ...seen)

/** Some heads of two devices under a published checkpoint, all of it true. */
function honestStart(): void {
  cloud.logHead(chair.grow(3)).logHead(car.grow(5)).logHead(chair.grow(4)).publish()
}

describe('the monitor finds a forked device', () => {
  test('that signed two roots for one size', async () => {
    honestStart()
    const other = Object.assign(new TestDevice('d0000000000ca'), { key: chair.key })
    cloud.logHead(chair, { note: other.grow(7, 'other').head() }).publish()
    const report = await look()
    expect(report).toMatchObject({ state: 'contradicted', exitCode: 21 })
    const [finding] = report.findings
    expect(finding).toMatchObject({ kind: 'forked-device', origin: chair.origin, leafIndex: 3 })
    const kept = JSON.parse(readFileSync(join(monitor.dir, finding?.file ?? ''), 'utf8'))
    expect(kept.proof).toMatchObject({ headBefore: chair.head(7), head: other.head(7) })
    expect(reportText(report)).toContain('forked-device: demo.tillproof.local/d/d0000000000ca/1')
  })

  test.each([7, 8])('that grew on from another history, when %i events were signed', async size => {
    cloud.logHead(chair.grow(size)).publish()
    await look()
    chair.leaves = []
    cloud.logHead(chair.grow(size, 'other').grow(2), { sidecar: chair.sidecar(size) }).publish()
    expect(kindsOf(await look())).toEqual(['forked-device'])
  })
})

test('the monitor finds a dropped head: the log took one that it does not show', async () => {
  honestStart()
  chair.grow(2)
  chair.logged = chair.leaves.length
  cloud.logHead(chair.grow(1)).publish()
  const report = await look()
  expect(report).toMatchObject({ state: 'wrong', exitCode: 20 })
  expect(report.findings).toMatchObject([
    {
      kind: 'dropped-head',
      detail: 'the head before it had size 9, the last one in the log has 7',
    },
  ])
})

test('the monitor finds a dropped first head', async () => {
  chair.grow(2)
  chair.logged = 2
  cloud.logHead(chair.grow(1)).publish()
  expect(kindsOf(await look())).toEqual(['dropped-head'])
})

describe('the monitor finds a head whose growth nothing shows', () => {
  test.each([
    ['no sidecar', () => null],
    ['a proof of something else', () => ({ ...chair.sidecar(7), proof: car.sidecar(2).proof })],
    ['a proof from an older head', () => chair.sidecar(3)],
  ])('%s', async (_what, sidecarOf) => {
    honestStart()
    chair.grow(2)
    cloud.logHead(chair, { sidecar: sidecarOf() }).publish()
    expect(kindsOf(await look())).toEqual(['unproven-growth'])
  })

  test('a smaller head after a larger one', async () => {
    honestStart()
    cloud.logHead(chair, { note: chair.head(5), sidecar: chair.sidecar(3, 5) }).publish()
    expect(kindsOf(await look())).toEqual(['unproven-growth'])
  })
})

describe('the monitor finds a head that its device did not sign', () => {
  const mallory = ed25519.generate()

  test('signed by somebody else under the name of the device', async () => {
    honestStart()
    chair.grow(1)
    cloud.logHead(chair, { note: chair.head(8, mallory) }).publish()
    expect(kindsOf(await look())).toEqual(['bad-head'])
  })

  test('with another key served for it', async () => {
    honestStart()
    chair.grow(1)
    const sidecar = { ...chair.sidecar(7), evidenceKey: mallory.publicKey }
    cloud.logHead(chair, { note: chair.head(8, mallory), sidecar }).publish()
    expect(kindsOf(await look())).toEqual(['key-changed'])
  })

  test('by another key than the policy pins', async () => {
    const pinned = vkey(chair.origin, 'ed25519', mallory.publicKey)
    honestStart()
    const report = await look(`${policyText}device ${pinned}\n`)
    expect(kindsOf(report)).toEqual(['key-changed', 'key-changed'])
  })

  test('of another cloud, or no head at all', async () => {
    honestStart()
    cloud.logHead(chair, { note: 'hello' })
    cloud.logHead(chair, { note: chair.head().replaceAll('demo.', 'other.') }).publish()
    expect(kindsOf(await look())).toEqual(['bad-head', 'bad-head'])
  })
})
