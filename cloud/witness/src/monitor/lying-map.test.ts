/** The daily map of newest heads: an honest one, and each way to hide a head from it. */
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { encodeHeadsMap, HEADS_MAP_LAG, headsMapOf } from '@tillproof/shared/wire/heads-map.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  headEntry,
  kindsOf,
  LOG,
  type LyingCloud,
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
  cloud.logHead(chair.grow(3)).logHead(car.grow(5)).logHead(chair.grow(4))
})
afterEach(() => monitor.remove())

const look = () => monitor.look()

describe('an honest map', () => {
  test('of all heads before it, also after a restart and with none new', async () => {
    cloud.logMap().publish()
    expect(await look()).toMatchObject({ state: 'ok', size: 4, findings: [] })
    monitor.reopen()
    cloud.logMap().logHead(car.grow(1)).logMap().publish()
    expect(await look()).toMatchObject({ state: 'ok', size: 7, findings: [] })
  })

  test('that newer heads overtook on their way into the log', async () => {
    cloud.publish()
    await look()
    cloud.logHead(chair.grow(1)).logHead(chair.grow(1)).logHead(car.grow(1)).logMap(3).publish()
    cloud.logMap(4).publish()
    expect(await look()).toMatchObject({ state: 'ok', size: 8, findings: [] })
  })

  test('whatever rule its heads break', async () => {
    cloud
      .logHead(chair, { note: chair.head(7, car.key) })
      .logMap()
      .publish()
    expect(kindsOf(await look())).toEqual(['bad-head'])
  })
})

describe('the monitor finds a map that hides', () => {
  test('the newest head of a machine behind an older one', async () => {
    const older = leafHash(headEntry(chair.head(3)))
    cloud.publish()
    await look()
    cloud.logMap(3, heads =>
      heads.map(head =>
        head.origin === chair.origin ? { ...head, leafIndex: 0, leafHash: older } : head,
      ),
    )
    cloud.publish()
    const report = await look()
    expect(report).toMatchObject({ state: 'wrong', exitCode: 20 })
    expect(report.findings).toMatchObject([
      {
        kind: 'hidden-head',
        origin: LOG,
        leafIndex: 3,
        detail: 'its root is not that of the 2 newest heads among 3 leaves',
        proof: { size: 3, origins: 2, root: expect.any(String) },
      },
    ])
    cloud.logMap().publish()
    expect(kindsOf(await look())).toEqual(['hidden-head'])
  })

  test('a machine', async () => {
    cloud.logMap(3, heads => heads.slice(1)).publish()
    expect((await look()).findings).toMatchObject([
      { kind: 'hidden-head', detail: 'it has 1 device logs, the log shows 2 in 3 leaves' },
    ])
  })

  test('what it does not reach back to, or forward', async () => {
    const early = encodeHeadsMap(headsMapOf([], 0))
    const late = encodeHeadsMap(headsMapOf([], 9))
    cloud.logLeaf('heads-map', late).logLeaf('heads-map', utf8('no map'))
    cloud.logOther(HEADS_MAP_LAG).logLeaf('heads-map', early).publish()
    expect((await look()).findings).toMatchObject([
      { detail: 'it speaks of 9 leaves, before it are fewer', proof: { map: toBase64(late) } },
      { detail: 'the leaf is no map of heads' },
      { detail: 'it leaves out too much of what is before' },
    ])
  }, 60_000)
})
