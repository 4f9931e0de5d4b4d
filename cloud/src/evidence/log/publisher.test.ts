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
    const putBack = expect.objectContaining({ code: 'log.put-back' })
    await expect(restored.turn()).rejects.toEqual(putBack)
    await expect(restored.turn()).rejects.toEqual(putBack)
    expect(await published()).toBeUndefined()
  }
})

describe('one hostile witness of three, two of whom are enough, holds nobody up', () => {
  const size = (body: string) => Number(/^old (\d+)\n/.exec(body)?.[1])
  test.each<[string, (body: string) => string | undefined]>([
    ['it takes the question and never answers', () => undefined],
    ['it is always one leaf further', body => `${size(body) + 1}\n`],
    ['it is always far beyond the log', () => '9000000\n'],
    ['it is always at nothing', () => '0\n'],
  ])('%s', { timeout: 60_000 }, async (_name, answer) => {
    const [bank, lessor] = [await witness('witness.bank'), await witness('witness.lessor')]
    const hostile = await listening(answer)
    const own = vkey('witness.hostile', 'cosignature', ed25519.generate().publicKey)
    const three = [by(bank, 'bank'), by(lessor, 'lessor'), `witness hostile ${own} ${hostile.url}`]
    const publisher = publisherFor(three, 2)
    for (let total = 10; total <= 60; total += 10) {
      await grow(10, `round ${total}`)
      await expect.poll(() => publisher.turn(), { timeout: 20_000 }).toBe('published')
      expect(await published()).toMatchObject({ size: total, cosignatures: 2 })
      clockMs += 60_000
    }
    await publisher.stop()
    await hostile.close()
  })
})

test('alone, a witness that is always further makes one checkpoint give way, not all', async () => {
  const hostile = await listening(body => `${Number(/^old (\d+)\n/.exec(body)?.[1]) + 1}\n`)
  const own = vkey('witness.hostile', 'cosignature', ed25519.generate().publicKey)
  const publisher = publisherFor([`witness hostile ${own} ${hostile.url}`])
  for (let round = 0; round < 4; round += 1) {
    await grow(10, `round ${round}`)
    expect(await publisher.turn()).not.toBe('published')
    clockMs += 60_000
  }
  expect(said.filter(line => line.includes('signing a newer one')).length).toBeLessThan(2)
  await publisher.stop()
  await hostile.close()
})

test('a witness put back to an older state is named, and cosigns what extends it', async () => {
  const bank = await witness('witness.bank')
  const publisher = publisherFor([by(bank, 'bank')])
  await grow(5)
  await publisher.turn()
  const old = bank.copyState()
  await grow(5, 'more')
  await publisher.turn()
  await bank.kill()
  old.putBack()
  await bank.restart()
  await grow(5, 'after')
  expect(await publisher.turn()).toBe('published')
  expect(said).toEqual(['a witness has forgotten what it cosigned: was its state put back?'])
  expect(await published()).toMatchObject({ size: 15, cosignatures: 1 })
})

test('an answer that is no cosignature by the witness’s key counts for nothing', async () => {
  const liar = await listening(() => '— witness.bank AAAAAAAA\n', 200)
  const bank = vkey('witness.bank', 'cosignature', ed25519.generate().publicKey)
  const publisher = publisherFor([`witness bank ${bank} ${liar.url}`])
  await grow(1)
  expect(await publisher.turn()).toBe('pending')
  expect(said).toEqual(['a witness refuses the checkpoint'])
  await liar.close()
})

/** Somebody who answers every request by this text; undefined never answers. */
async function listening(answer: (body: string) => string | undefined, status = 409) {
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += String(chunk)
    const text = answer(body)
    if (text !== undefined) res.writeHead(status).end(text)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const close = () => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, close }
}

async function witness(name: string): Promise<WitnessProcess> {
  const started = await startWitness(name, logVkey)
  toRemove.push(started)
  return started
}
function by({ vkey: own, url }: WitnessProcess, name: string): string {
  return `witness ${name} ${own} ${url}`
}
/** Asks for so many of the witnesses; for all unless told. */
function policyOf(witnesses: string[], quorum = witnesses.length) {
  const names = witnesses.map(line => line.split(' ')[1])
  const lines =
    names.length === 0
      ? ['quorum none']
      : [`group some ${quorum} ${names.join(' ')}`, 'quorum some']
  return parsePolicy(`${[`log ${logVkey}`, ...witnesses, ...lines].join('\n')}\n`)
}
function publisherFor(witnesses: string[], quorum?: number): Publisher {
  const policy = policyOf(witnesses, quorum)
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
