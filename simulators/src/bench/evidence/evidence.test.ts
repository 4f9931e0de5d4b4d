/** The benchmark does the work that it times: what it builds verifies, what is touched does not. */
import { newestPublished } from '@tillproof/cloud/evidence/log/checkpoints.ts'
import { leafHashOf } from '@tillproof/cloud/evidence/log/leaf.ts'
import { logInclusionProof } from '@tillproof/cloud/evidence/log/tiles.ts'
import { testDatabase } from '@tillproof/cloud/platform/testing.ts'
import { verifyBundle } from '@tillproof/shared/bundle/verify.ts'
import { packBundle } from '@tillproof/shared/bundle/write.ts'
import { ed25519, sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { verifyInclusion } from '@tillproof/shared/merkle/proof.ts'
import { openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Signer, ed25519Verifier, vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { describe, expect, test } from 'vitest'
import { runAnyhow } from '../../demo/run-to-end.ts'
import { seededRandom } from '../../random.ts'
import { preimagesOf, signEach, verifyEach } from './baselines.ts'
import { growingLog } from './growing-log.ts'
import { EVIDENCE_SEED, makeProofSet } from './proof-set.ts'
import { bundleText, LOG, LOG_SEED, policyText, sampleBundle } from './sample-bundle.ts'

const set = makeProofSet(1000, seededRandom(1))

describe('a proof set', () => {
  test('costs as many bytes as its baseline hashes', () => {
    const [genesis, , paid] = set.parts
    if (!genesis || !paid) expect.unreachable()
    const lengths = preimagesOf([genesis, paid]).map(({ length }) => length)
    const [open, sealed] = ['tillproof/open/v1\0', 'tillproof/sealed/v1\0'].map(d => d.length + 16)
    expect(lengths).toEqual([
      Number(open) + genesis.open.length,
      65,
      Number(open) + paid.open.length,
      Number(sealed) + (paid.sealed?.length ?? 0),
      65,
      65,
    ])
  })

  test('signed event by event verifies and does not verify, too', () => {
    const signed = signEach(set.parts.slice(0, 3), EVIDENCE_SEED)
    expect(verifyEach(signed)).toBe(true)
    const [one, two] = signed.events
    if (!one || !two) expect.unreachable()
    expect(verifyEach({ ...signed, events: [{ ...one, signature: two.signature }] })).toBe(false)
  })
})

test('its bundle is witnessed in both forms, and invalid after one changed byte', () => {
  const policy = parsePolicy(policyText)
  const sample = sampleBundle(set, 40)
  const packed = packBundle(sample.frame, sample.events)
  for (const bundle of [bundleText(sample), packed]) {
    const report = verifyBundle(bundle, policy)
    expect(report).toMatchObject({ verdict: 'witnessed', events: { length: 40 } })
  }
  packed[packed.length - 20] = (packed[packed.length - 20] ?? 0) ^ 1
  expect(verifyBundle(packed, policy).verdict).toBe('invalid')
})

test('the grown log proves each of its leaves from its tiles, under its checkpoint', async () => {
  const { db, drop } = await testDatabase()
  const bodies = Array.from({ length: 700 }, (_, at) => sha256(Uint8Array.of(at >> 8, at)))
  const key = ed25519.publicKeyOf(LOG_SEED)
  const log = growingLog(db, ed25519Signer(LOG, LOG_SEED), vkey(LOG, 'ed25519', key), () => 0)
  await log.stage(bodies)
  expect(await log.grow()).toBe(700)
  const { note } = (await db.withSystem(newestPublished)) ?? expect.unreachable()
  const verifier = ed25519Verifier(LOG, key)
  const opened = openCheckpoint(note, LOG, [verifier])
  if (!opened.ok) expect.unreachable()
  const { size, root } = opened.checkpoint
  for (const index of [0, 511, 512, 699]) {
    const leafHash = leafHashOf({ type: 'pledge', body: bodies[index] ?? new Uint8Array() })
    const proof = await db.withSystem(tx => logInclusionProof(tx, index, size))
    expect(verifyInclusion({ leafHash, index, size, proof, root })).toBe(true)
  }
  expect(size).toBe(700)
  await drop()
})

test('the command prints a result whose exit code says whether targets were met', async () => {
  const launcher = `${import.meta.dirname}/../../../bin/tillproof.mjs`
  const asked = ['bench', 'evidence', '--events', '300', '--rounds', '1', '--json']
  const { exitCode, stdout } = await runAnyhow(process.execPath, [launcher, ...asked])
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ suite: 'evidence', settings: { events: 300, rounds: 1 } })
  expect(result.ratios.map(({ target }: { target: number }) => target)).toEqual([
    20,
    0.3,
    null,
    null,
    null,
  ])
  expect(exitCode).toBe(result.met ? 0 : 1)
}, 240_000)
