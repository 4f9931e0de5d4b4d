/**
 * Forgeries on the cloud's side: other keys under known names, missing witnesses, forked logs,
 * anchors that say something else. Each bundle is right in everything but one thing.
 */
import { describe, expect, test } from 'vitest'
import { toBase64 } from '../bytes/base64.ts'
import { utf8 } from '../bytes/bytes.ts'
import { ed25519, sha256 } from '../crypto/crypto.ts'
import { leafHash, nodeHash } from '../merkle/hash.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { vkey } from '../note/key.ts'
import { parsePolicy } from '../note/policy.ts'
import {
  bundleHead,
  cosignedCheckpoint,
  deviceHeadEntry,
  LOG,
  logVkey,
  policyText,
  saleBundle,
  saleLog,
  seeds,
  signHead,
  witnessVkey,
} from '../testing/world.ts'
import type { Bundle } from './bundle.ts'
import type { Report } from './report.ts'
import type { VerifyOptions } from './verify.ts'
import { verifyBundle } from './verify.ts'

const policy = parsePolicy(policyText)
const good = saleBundle()

function verdictOf(bundle: unknown, options?: VerifyOptions): Report['verdict'] {
  return verifyBundle(bundle, policy, options).verdict
}

function failuresOf(bundle: unknown, options?: VerifyOptions): string[] {
  const { checks } = verifyBundle(bundle, policy, options)
  return checks.filter(check => check.ok === false).map(check => check.name)
}

describe('the cloud log', () => {
  test('of another key under the same name is refused, though the bundle names that key', () => {
    const entries = [deviceHeadEntry(good.deviceHeads[0]?.note ?? '')]
    const log = saleLog()
    const bundle: Bundle = {
      ...good,
      deviceHeads: [bundleHead(log, 4, signHead(log, 4), 0)(entries)],
      checkpoint: {
        note: cosignedCheckpoint(entries, seeds.mallory),
        signers: [logVkey(seeds.mallory), witnessVkey(seeds.witness)],
      },
    }
    expect(failuresOf(bundle)).toEqual(['checkpoint'])
  })

  test('that the policy does not list is refused', () => {
    const other = parsePolicy(policyText.replace(logVkey(seeds.cloud), logVkey(seeds.mallory)))
    expect(verifyBundle(good, other).verdict).toBe('invalid')
  })

  test('may change its key while the policy lists both', () => {
    const both = parsePolicy(`log ${logVkey(seeds.mallory)}\n${policyText}`)
    expect(verifyBundle(good, both).verdict).toBe('witnessed')
  })

  test('has to explain every signature line', () => {
    const { signers } = good.checkpoint
    const without = { ...good, checkpoint: { ...good.checkpoint, signers: signers.slice(0, 1) } }
    expect(failuresOf(without)).toEqual(['checkpoint'])
    const added = [...signers, vkey('x', 'ed25519', ed25519.publicKeyOf(seeds.mallory))]
    expect(failuresOf({ ...good, checkpoint: { ...good.checkpoint, signers: added } })).toEqual([
      'checkpoint',
    ])
  })

  test('without the witness is only logged', () => {
    const [note = ''] = good.checkpoint.note.split(/(?=— witness)/)
    const bundle = { ...good, checkpoint: { note, signers: [logVkey(seeds.cloud)] } }
    expect(verifyBundle(bundle, policy)).toMatchObject({ verdict: 'logged', exitCode: 11 })
  })

  test('cosigned by somebody under the name of the witness is only logged', () => {
    const other = parsePolicy(
      policyText.replace(witnessVkey(seeds.witness), witnessVkey(seeds.mallory)),
    )
    expect(verifyBundle(good, other).verdict).toBe('logged')
  })

  test('under a policy that asks for no witness is only logged', () => {
    const none = parsePolicy(`log ${logVkey(seeds.cloud)}\nquorum none\n`)
    expect(verifyBundle(good, none).verdict).toBe('logged')
  })

  test('caught with two roots for one size is contradicted; with other sizes it is not', () => {
    const forked = cosignedCheckpoint([utf8('a'), utf8('b'), utf8('c')])
    expect(verifyBundle(good, policy, { knownCheckpoints: [forked] })).toMatchObject({
      verdict: 'contradicted',
      exitCode: 21,
    })
    expect(verdictOf(good, { knownCheckpoints: [good.checkpoint.note] })).toBe('witnessed')
    expect(verdictOf(good, { knownCheckpoints: [cosignedCheckpoint([utf8('a')])] })).toBe(
      'witnessed',
    )
    const notTheLogs = cosignedCheckpoint([utf8('a'), utf8('b'), utf8('c')], seeds.mallory)
    expect(verdictOf(good, { knownCheckpoints: [notTheLogs] })).toBe('witnessed')
  })
})

describe('the anchor', () => {
  const contract = `0x${'5f'.repeat(20)}`
  const anchoring = parsePolicy(`${policyText}\nanchor 31337 ${contract}\n`)
  const root = parseCheckpoint(good.checkpoint.note.split('\n\n')[0]?.concat('\n') ?? '')?.root
  const anchor = {
    chainId: 31337,
    contract,
    size: 3,
    root: toBase64(root ?? new Uint8Array(32)),
    proof: [],
    block: 7,
    transaction: `0x${'cd'.repeat(32)}`,
    state: null,
  }
  const anchored = { ...good, anchor }
  const query = { chainId: 31337, contract, size: 3, originHash: sha256(utf8(LOG)) }
  const verify = (bundle: unknown, options?: VerifyOptions) =>
    verifyBundle(bundle, anchoring, options)

  test('that the chain confirms makes the bundle anchored', () => {
    const report = verify(anchored, { anchorCheck: { query, root: root ?? null } })
    expect(report).toMatchObject({ verdict: 'anchored', exitCode: 0 })
  })

  test('that nobody asked about leaves it witnessed', () => {
    expect(verify(anchored)).toMatchObject({ verdict: 'witnessed', exitCode: 10 })
  })

  test('that the chain does not hold leaves it witnessed, and says so', () => {
    const report = verify(anchored, { anchorCheck: { query, root: null } })
    expect(report.verdict).toBe('witnessed')
    expect(report.checks.find(check => check.name === 'anchor-on-chain')?.ok).toBe(false)
  })

  test('with another root on the chain contradicts it', () => {
    const anchorCheck = { query, root: new Uint8Array(32) }
    expect(verify(anchored, { anchorCheck })).toMatchObject({
      verdict: 'contradicted',
      exitCode: 21,
    })
  })

  test('made up beyond the checkpoint accuses nobody when the chain holds another root', () => {
    const log = saleLog()
    const note = signHead(log, log.length)
    const two = [utf8('x'), deviceHeadEntry(note)]
    const checkpoint = cosignedCheckpoint(two)
    const invented = leafHash(utf8('never logged'))
    const signed = parseCheckpoint(checkpoint.split('\n\n')[0]?.concat('\n') ?? '')?.root
    const grown = {
      ...anchor,
      size: 3,
      root: toBase64(nodeHash(signed ?? invented, invented)),
      proof: [toBase64(invented)],
    }
    const bundle = {
      ...good,
      deviceHeads: [bundleHead(log, log.length, note, 1)(two)],
      checkpoint: { ...good.checkpoint, note: checkpoint },
      anchor: grown,
    }
    expect(verify(bundle).verdict).toBe('witnessed')
    const report = verify(bundle, { anchorCheck: { query, root: root ?? null } })
    expect(report).toMatchObject({ verdict: 'invalid', exitCode: 20 })
  })

  test('asked about in another place counts as not asked', () => {
    const elsewhere = [
      { ...query, size: 4 },
      { ...query, chainId: 1 },
      { ...query, contract: `0x${'00'.repeat(20)}` },
      { ...query, originHash: sha256(utf8('other/log')) },
    ]
    for (const other of elsewhere) {
      const anchorCheck = { query: other, root: root ?? null }
      expect(verify(anchored, { anchorCheck }).verdict).toBe('witnessed')
    }
  })

  test('in a contract that the policy does not list is refused', () => {
    const foreign = { ...anchored, anchor: { ...anchor, contract: `0x${'00'.repeat(20)}` } }
    expect(verify(foreign).verdict).toBe('invalid')
  })

  test('that does not extend the checkpoint is refused', () => {
    for (const change of [{ size: 2 }, { size: 4 }, { root: toBase64(new Uint8Array(32)) }]) {
      expect(verify({ ...anchored, anchor: { ...anchor, ...change } }).verdict).toBe('invalid')
    }
  })
})
