/** Proofs in the published format: made from a served log, verified by a policy, or refused. */
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { formatTlogProof, parseTlogProof } from '@tillproof/shared/note/tlog-proof.ts'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { logClient } from '../monitor/log-client.ts'
import { LyingCloud, policyText } from '../monitor/testing.ts'
import { checkProof, proveEntry } from './proof.ts'

const policy = parsePolicy(policyText)
let cloud: LyingCloud
beforeEach(async () => {
  cloud = await new LyingCloud().start()
})
afterEach(() => cloud.stop())

const entryAt = (index: number) => cloud.leaves[index]?.entry ?? expect.unreachable()
async function proofOf(index: number): Promise<string> {
  const proven = await proveEntry(logClient(cloud.url), index)
  return 'proof' in proven ? proven.proof : expect.unreachable(proven.fault)
}

test('entries of logs of many sizes are proven from what is served, and verify', async () => {
  for (const size of [1, 2, 3, 255, 256, 257, 700]) {
    cloud.logOther(size - cloud.leaves.length).publish()
    for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
      const report = checkProof(await proofOf(index), entryAt(index), policy)
      expect(report).toMatchObject({ ok: true, exitCode: 0, index, cosigners: ['lender'] })
    }
  }
})

test('the file has the lines of the specification', async () => {
  cloud.logOther(3).publish()
  const [first, index, ...rest] = (await proofOf(2)).split('\n')
  expect(first).toBe('c2sp.org/tlog-proof@v1')
  expect(index).toBe('index 2')
  // Entry 2 of three hangs beside the subtree of the first two: one hash, then the checkpoint.
  expect(rest[0]).toMatch(/^[A-Za-z0-9+/]{43}=$/)
  expect(rest.slice(1).join('\n')).toBe(`\n${cloud.checkpoint}`)
})

describe('refused', () => {
  test('another entry, a touched hash, another index, another key', async () => {
    cloud.logOther(9).publish()
    const text = await proofOf(4)
    const codeOf = (proof: string, entry = entryAt(4)) => checkProof(proof, entry, policy).exitCode
    expect(codeOf(text, entryAt(5))).toBe(20)
    expect(codeOf(text.replace('index 4', 'index 5'))).toBe(20)
    const hash = text.split('\n')[2] ?? ''
    const other = `${hash[0] === 'A' ? 'B' : 'A'}${hash.slice(1)}`
    expect(codeOf(text.replace(hash, other))).toBe(20)
    expect(codeOf(text.replace('\n9\n', '\n8\n'))).toBe(20)
    expect(codeOf('')).toBe(20)
  })

  test('a checkpoint without the quorum is said to be one', async () => {
    cloud.logOther(2).publish(false)
    const report = checkProof(await proofOf(1), entryAt(1), policy)
    expect(report).toMatchObject({ ok: true, exitCode: 11, isWitnessed: false })
  })

  test('a log that serves other entries or tiles than it signed, or too few', async () => {
    cloud.logOther(3).publish()
    const faultOf = async (index: number) => {
      const proven = await proveEntry(logClient(cloud.url), index)
      return 'fault' in proven ? proven.fault : 'none'
    }
    expect(await faultOf(3)).toBe('the log has 3 entries, the last is 2')
    cloud.lies.set('tile/0/000.p/3', new Uint8Array(96))
    expect(await faultOf(0)).toContain('do not lead to the signed root')
    cloud.lies.set('tile/0/000.p/3', null)
    expect(await faultOf(0)).toContain('404')
    cloud.lies.set('checkpoint', 'no checkpoint')
    expect(await faultOf(0)).toContain('is none')
  })
})

test('what is written is read, with and without extra data; rubbish is no proof', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const proof = fc.record({
    extra: fc.option(fc.uint8Array({ maxLength: 40 })),
    index: fc.maxSafeNat().map(n => n % 10 ** 15),
    hashes: fc.array(hash, { maxLength: 63 }),
    checkpoint: fc.constantFrom('origin\n1\nroot\n\n— sig\n', ''),
  })
  fc.assert(
    fc.property(proof, each => {
      expect(parseTlogProof(formatTlogProof(each))).toEqual(each)
    }),
  )
  fc.assert(fc.property(fc.string(), text => void parseTlogProof(text)))
  for (const line of ['index 01', 'index -1', 'index 1\nAAAA', 'extra ???\nindex 1', 'index']) {
    expect(parseTlogProof(`c2sp.org/tlog-proof@v1\n${line}\n\nx`), line).toBeUndefined()
  }
  const tooMany = Array.from({ length: 64 }, () => leafHash(new Uint8Array()))
  const text = formatTlogProof({ extra: null, index: 0, hashes: tooMany, checkpoint: '' })
  expect(parseTlogProof(text)).toBeUndefined()
})
