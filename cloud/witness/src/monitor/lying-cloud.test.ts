/** Each lie a cloud or a device can tell in a log, and the name that the monitor gives it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { encodeEntryBundle } from '@tillproof/shared/merkle/entry-bundle.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compareSeen, followOnce, type MonitorDeps, type Round } from './follow.ts'
import { logClient } from './log-client.ts'
import { type Memory, openMemory } from './memory.ts'
import { type MonitorReport, reportOf, reportText } from './report.ts'
import { LOG, LyingCloud, policyText, TestDevice } from './testing.ts'

const NOW_MS = 1_760_000_000_000

let dir: string
let cloud: LyingCloud
let memory: Memory
let chair: TestDevice
let car: TestDevice

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-monitor-'))
  cloud = await new LyingCloud().start()
  chair = new TestDevice('d0000000000ca')
  car = new TestDevice('d0000000000cb')
  memory = openMemory(dir, monitor().log.name)
})
afterEach(async () => {
  memory.close()
  await cloud.stop()
  rmSync(dir, { recursive: true })
})

function monitor(policy = policyText): Omit<MonitorDeps, 'memory'> {
  const parsed = parsePolicy(policy)
  const [log] = parsed.logs
  if (log === undefined) return expect.fail('no log')
  return { client: logClient(cloud.url), policy: parsed, log: log.verifier }
}
async function look(policy = policyText, ...seen: string[]): Promise<MonitorReport> {
  const deps = { ...monitor(policy), memory }
  const rounds: Round[] = [await followOnce(deps, NOW_MS)]
  for (const note of seen) rounds.push(await compareSeen(deps, utf8(note), NOW_MS))
  return reportOf(LOG, memory, rounds)
}
const kindsOf = (report: MonitorReport) => report.findings.map(({ kind }) => kind)

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
    memory.close()
    memory = openMemory(dir, LOG)
    cloud.logHead(car.grow(1)).publish()
    expect(await look()).toMatchObject({ state: 'ok', size: 4, newLeaves: 1 })
    expect(() => openMemory(dir, 'another log')).toThrowError(
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
    cloud = await new LyingCloud().start()
  })
})

describe('a forked device', () => {
  test('that signed two roots for one size', async () => {
    honestStart()
    const other = Object.assign(new TestDevice('d0000000000ca'), { key: chair.key })
    cloud.logHead(chair, { note: other.grow(7, 'other').head() }).publish()
    const report = await look()
    expect(report).toMatchObject({ state: 'contradicted', exitCode: 21 })
    const [finding] = report.findings
    expect(finding).toMatchObject({ kind: 'forked-device', origin: chair.origin, leafIndex: 3 })
    const kept = JSON.parse(readFileSync(join(dir, finding?.file ?? ''), 'utf8'))
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

test('a dropped head: the log took one that it does not show', async () => {
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

test('a dropped first head', async () => {
  chair.grow(2)
  chair.logged = 2
  cloud.logHead(chair.grow(1)).publish()
  expect(kindsOf(await look())).toEqual(['dropped-head'])
})

describe('a head whose growth nothing shows', () => {
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

describe('a head that its device did not sign', () => {
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

describe('two checkpoints', () => {
  test('of one size over time', async () => {
    honestStart()
    await look()
    cloud.leaves.pop()
    cloud.logOther(1).publish()
    const report = await look()
    expect(report).toMatchObject({ state: 'contradicted', exitCode: 21 })
    expect(report.findings[0]).toMatchObject({ kind: 'two-checkpoints', leafIndex: null })
    expect(existsSync(join(dir, report.findings[0]?.file ?? ''))).toBe(true)
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

describe('what is served', () => {
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
  cloud = await new LyingCloud().start()
})
