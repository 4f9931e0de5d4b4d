/** Publication against real witness processes: quorum, outage, other histories, false answers. */
import { createServer } from 'node:http'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer, parseVkey, vkey } from '@tillproof/shared/note/key.ts'
import { verifyNote } from '@tillproof/shared/note/note.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { startWitness, type WitnessProcess } from '../testing.ts'
import { newestPublished } from './checkpoints.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { createSequencer } from './sequencer.ts'
import { readLogStatus } from './status.ts'
import { stageLeaf } from './store.ts'

const origin = 'demo.tillproof.local/log'
const key = ed25519.generate()
const logVkey = vkey(origin, 'ed25519', key.publicKey)
const signer = ed25519Signer(origin, key.privateKey)

let database: TestDatabase
let clockMs = 0
const said: string[] = []
const toRemove: WitnessProcess[] = []

beforeEach(async () => {
  database = await testDatabase()
  said.length = 0
})
afterEach(async () => {
  for (const witness of toRemove.splice(0)) await witness.remove()
  await database.drop()
})

test('without a quorum to reach, the log’s own signature is enough', async () => {
  const publisher = publisherFor([])
  expect(await publisher.turn()).toBe('nothing')
  await grow(3)
  expect(await publisher.turn()).toBe('published')
  expect(await published()).toMatchObject({ size: 3, cosignatures: 0 })
  expect(await publisher.turn()).toBe('nothing')
})

describe('with a quorum of two organisations', () => {
  test('a checkpoint is published once both have cosigned it', async () => {
    const [bank, lessor] = [await witness('witness.bank'), await witness('witness.lessor')]
    const publisher = publisherFor([by(bank, 'bank'), by(lessor, 'lessor')])
    for (const [leaves, size] of [
      [5, 5],
      [300, 305],
    ] as const) {
      await grow(leaves)
      expect(await publisher.turn()).toBe('published')
      expect(await published()).toMatchObject({ size, cosignatures: 2 })
    }
    const verifiers = [bank, lessor].flatMap(each => parseVkey(each.vkey) ?? [])
    const note = verifyNote((await published())?.note ?? '', verifiers)
    expect(note.ok && note.verified.map(line => line.name)).toEqual([
      'witness.bank',
      'witness.lessor',
    ])
  })

  test('while one is down readers keep the last, and one waits; then it goes on', async () => {
    const [bank, lessor] = [await witness('witness.bank'), await witness('witness.lessor')]
    const publisher = publisherFor([by(bank, 'bank'), by(lessor, 'lessor')])
    await grow(2)
    expect(await publisher.turn()).toBe('published')
    await lessor.kill()
    await grow(2)
    expect(await publisher.turn()).toBe('pending')
    await grow(2)
    clockMs += 60_000
    expect(await publisher.turn()).toBe('pending')
    const status = await database.db.withSystem(tx => readLogStatus(tx, policyOf([])))
    expect(status).toMatchObject({ size: 6, published: { size: 2 }, pending: { size: 4 } })
    await lessor.restart()
    clockMs += 60_000
    expect(await publisher.turn()).toBe('published')
    expect(await published()).toMatchObject({ size: 4, cosignatures: 2 })
    expect(await publisher.turn()).toBe('published')
    expect(await published()).toMatchObject({ size: 6, cosignatures: 2 })
  })
})

test('a log put back and grown otherwise is refused, and never published', async () => {
  const bank = await witness('witness.bank')
  const publisher = publisherFor([by(bank, 'bank')])
  await grow(5)
  expect(await publisher.turn()).toBe('published')
  for (const leaves of [3, 5, 9]) {
    await database.drop()
    database = await testDatabase()
    await grow(leaves, 'another history')
    const restored = publisherFor([by(bank, 'bank')])
    expect(await restored.turn()).toBe('pending')
    clockMs += 60_000
    expect(await restored.turn()).toBe('pending')
    expect(await published()).toBeUndefined()
  }
  expect(said).toContain('a witness holds another history of this log')
  expect(said).toContain('a witness refuses the checkpoint')
})

test('an answer that is no cosignature by the witness’s key counts for nothing', async () => {
  const liar = createServer((_req, res) => res.end('— witness.bank AAAAAAAA\n'))
  await new Promise<void>(resolve => liar.listen(0, '127.0.0.1', resolve))
  const address = liar.address()
  const port = typeof address === 'object' ? address?.port : 0
  const bank = vkey('witness.bank', 'cosignature', ed25519.generate().publicKey)
  const publisher = publisherFor([`witness bank ${bank} http://127.0.0.1:${port}`])
  await grow(1)
  expect(await publisher.turn()).toBe('pending')
  expect(said).toEqual(['a witness refuses the checkpoint'])
  await new Promise(resolve => liar.close(resolve))
})

async function witness(name: string): Promise<WitnessProcess> {
  const started = await startWitness(name, logVkey)
  toRemove.push(started)
  return started
}
function by({ vkey: own, url }: WitnessProcess, name: string): string {
  return `witness ${name} ${own} ${url}`
}
/** Asks for all the witnesses there are. */
function policyOf(witnesses: string[]) {
  const names = witnesses.map(line => line.split(' ')[1])
  const quorum =
    names.length === 0 ? ['quorum none'] : [`group all all ${names.join(' ')}`, 'quorum all']
  return parsePolicy(`${[`log ${logVkey}`, ...witnesses, ...quorum].join('\n')}\n`)
}
function publisherFor(witnesses: string[]): Publisher {
  const policy = policyOf(witnesses)
  const log = (_level: string, message: string) => said.push(message)
  return createPublisher({ db: database.db, signer, policy, log, nowMs: () => clockMs })
}
async function grow(leaves: number, story = 'leaf'): Promise<void> {
  const { db } = database
  await db.withSystem(async tx => {
    for (let i = 0; i < leaves; i += 1) {
      await stageLeaf(tx, { type: 'pledge', body: utf8(`${story} ${i}`) })
    }
  })
  const sequencer = createSequencer({ db, origin, holder: `test ${leaves} ${story}`, leaseMs: 0 })
  await sequencer.turn()
}
function published() {
  return database.db.withSystem(newestPublished)
}
