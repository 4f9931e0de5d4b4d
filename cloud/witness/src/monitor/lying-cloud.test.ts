/** An honest cloud, and each lie it can tell about its log, by the name the monitor gives it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { encodeEntryBundle } from '@tillproof/shared/merkle/entry-bundle.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openMemory } from './memory.ts'
import {
  kindsOf,
  LOG,
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

describe('an honest cloud', () => {
  test('over several tiles and rounds nothing is wrong, and nothing is read twice', async () => {
    honestStart()
    expect(await look()).toMatchObject({ state: 'ok', exitCode: 0, size: 3, devices: 2 })
    for (let i = 0; i < 30; i++) cloud.logHead(chair.grow(1 + (i % 3))).logOther(20)
    cloud.publish()
    expect(await look()).toMatchObject({ state: 'ok', size: 633, newLeaves: 630 })
    cloud.asked.length = 0
    cloud.logHead(car.grow(300)).publish()
    expect(await look()).toMatchObject({ state: 'ok', newLeaves: 1, cosigners: ['lender'] })
    expect(new Set(cloud.asked)).toEqual(
      new Set(['checkpoint', 'consistency/002.p/122', 'tile/entries/002.p/122']),
    )
  })

  test('a folder that is opened again goes on where it was', async () => {
    honestStart()
    await look()
    monitor.reopen()
    cloud.logHead(car.grow(1)).publish()
    expect(await look()).toMatchObject({ state: 'ok', size: 4, newLeaves: 1 })
    expect(() => openMemory(monitor.dir, 'another log')).toThrowError(
      expect.objectContaining({ code: 'monitor.foreign' }),
    )
  })

  test('an older checkpoint from a cache is no lie; an empty log is none either', async () => {
    expect(await look()).toMatchObject({ state: 'empty', exitCode: 0 })
    honestStart()
    const older = cloud.checkpoint
    cloud.logOther(9).publish()
    await look()
    cloud.lies.set('checkpoint', older)
    expect(await look(policyText, older)).toMatchObject({ state: 'ok', size: 12 })
  })

  test('without the quorum of the policy it is not witnessed', async () => {
    cloud.logHead(chair.grow(1)).publish(false)
    expect(await look()).toMatchObject({ state: 'not-witnessed', exitCode: 11, cosigners: [] })
  })

  test('a log that cannot be reached is not accused, and nothing is forgotten', async () => {
    honestStart()
    await look()
    await cloud.stop()
    expect(await look()).toMatchObject({ state: 'unreachable', exitCode: 1, size: 3 })
  })
})

describe('the monitor finds two checkpoints', () => {
  test('of one size over time', async () => {
    honestStart()
    await look()
    cloud.leaves.pop()
    cloud.logOther(1).publish()
    const report = await look()
    expect(report).toMatchObject({ state: 'contradicted', exitCode: 21 })
    expect(report.findings[0]).toMatchObject({ kind: 'two-checkpoints', leafIndex: null })
    expect(existsSync(join(monitor.dir, report.findings[0]?.file ?? ''))).toBe(true)
  })

  test.each([20, 700])('the second one larger, by %i leaves', async more => {
    honestStart()
    await look()
    cloud.leaves.shift()
    cloud.logOther(more).publish()
    expect(kindsOf(await look())).toEqual(['two-checkpoints'])
    cloud.logOther(1).publish()
    expect(kindsOf(await look())).toEqual(['two-checkpoints'])
  })

  test('the second one smaller, which its tiles cannot hide', async () => {
    honestStart()
    cloud.logOther(600).publish()
    await look()
    const smaller = cloud.signed(cloud.leaves.slice(1, 300))
    expect(kindsOf(await look(policyText, smaller))).toEqual(['two-checkpoints'])
  })

  test('shown to two parties at the same time', async () => {
    honestStart()
    const [last] = cloud.leaves.slice(-1)
    const shownToBank = cloud.signed([...cloud.leaves.slice(0, 2), last ?? expect.fail()].reverse())
    expect(kindsOf(await look(policyText, shownToBank))).toEqual(['two-checkpoints'])
  })

  test('with tiles that fit neither: unproven, not contradicted', async () => {
    honestStart()
    await look()
    const longer = [...cloud.leaves.slice(1), ...cloud.leaves]
    cloud.lies.set('checkpoint', cloud.signed(longer))
    cloud.logOther(20)
    const report = await look()
    expect(kindsOf(report)).toEqual(['unproven-checkpoint'])
    expect(report.exitCode).toBe(20)
  })
})

describe('the monitor finds in what is served', () => {
  test('entries that are not those of the checkpoint', async () => {
    honestStart()
    const entries = cloud.leaves.map(({ entry }) => entry)
    cloud.lies.set('tile/entries/000.p/3', encodeEntryBundle([...entries.slice(1), utf8('x')]))
    const report = await look()
    expect(report).toMatchObject({ exitCode: 20, size: 0, devices: 0 })
    expect(report.findings).toMatchObject([{ kind: 'wrong-entries', file: null }])
    cloud.lies.clear()
    expect(await look()).toMatchObject({ state: 'ok', size: 3 })
  })

  test.each(['tile/entries/000.p/3', 'consistency/000.p/3', 'checkpoint'])(
    '%s withheld',
    async path => {
      honestStart()
      if (path === 'checkpoint') await look()
      cloud.lies.set(path, null)
      expect(kindsOf(await look())).toEqual(['withheld'])
    },
  )

  test('half a round leaves nothing behind', async () => {
    honestStart()
    cloud.logOther(300).publish()
    cloud.lies.set('tile/entries/001.p/47', null)
    expect(await look()).toMatchObject({ exitCode: 20, size: 0, devices: 0 })
    cloud.lies.clear()
    expect(await look()).toMatchObject({ state: 'ok', size: 303, devices: 2, findings: [] })
  })

  test('a checkpoint by another key', async () => {
    honestStart()
    const other = vkey(LOG, 'ed25519', ed25519.generate().publicKey)
    const report = await look(`log ${other}\nquorum none\n`)
    expect(kindsOf(report)).toEqual(['bad-checkpoint'])
  })
})

test('what is proven stays said when the cloud behaves again, or is gone', async () => {
  honestStart()
  await look()
  const good = cloud.checkpoint
  cloud.lies.set('checkpoint', cloud.signed([...cloud.leaves].reverse()))
  await look()
  cloud.lies.set('checkpoint', good)
  expect(await look()).toMatchObject({ exitCode: 21, findings: [{ kind: 'two-checkpoints' }] })
  await cloud.stop()
  expect(await look()).toMatchObject({ state: 'contradicted', exitCode: 21 })
})
