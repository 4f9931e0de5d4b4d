/**
 * Anchors proven without a node: whose word makes the block, which seals count, and states that say
 * something else. The golden block was sealed by another implementation, by three of its four
 * validators; the other blocks are built here, of tries with a single leaf.
 */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, test } from 'vitest'
import golden from '../../vectors/bundle.json' with { type: 'json' }
import { fromBase64, toBase64 } from '../bytes/base64.ts'
import { concat, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../bytes/rlp.ts'
import { sha256 } from '../crypto/crypto.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { parsePolicy } from '../note/policy.ts'
import { hex } from '../testing/bytes.ts'
import { LOG, policyText, saleBundle } from '../testing/world.ts'
import { anchorSlot } from './anchor-proof.ts'
import type { Report } from './report.ts'
import { type VerifyOptions, verifyBundle } from './verify.ts'

const { anchor } = golden.bundle
const { state } = anchor
const strangers = golden.policy.replace(/\nvalidators .*\n/, '\n')
const [validators = ''] = /validators 31337 .*/.exec(golden.policy) ?? []
const none = new Uint8Array()

function verify(text: string, header = state.header, options: VerifyOptions = {}): Report {
  const changed = { ...golden.bundle, anchor: { ...anchor, state: { ...state, header } } }
  return verifyBundle(changed, parsePolicy(text), options)
}

const outcomeOf = ({ verdict, anchoredBy, checks }: Report) => [
  verdict,
  anchoredBy,
  checks.find(({ name }) => name === 'anchor-block')?.ok,
]
const lastOf = ({ checks }: Report) => checks.at(-1)?.detail

describe('the block is believed', () => {
  test('by nobody who trusts neither it nor its validators', () => {
    expect(outcomeOf(verify(strangers))).toEqual(['witnessed', null, null])
  })

  test('by who names it, in the policy or beside it', () => {
    const named = `${strangers}block 31337 ${state.blockHash}\n`
    expect(outcomeOf(verify(named))).toEqual(['anchored', 'block', true])
    const beside = verify(strangers, state.header, { blocks: [state.blockHash] })
    expect(outcomeOf(beside)).toEqual(['anchored', 'block', true])
  })

  test('by nobody who names another, or one of another chain', () => {
    const other = `${strangers}block 31337 0x${'12'.repeat(32)}\nblock 1 ${state.blockHash}\n`
    expect(outcomeOf(verify(other))).toEqual(['witnessed', null, null])
  })

  test('by who knows its validators, all of them and nobody else', () => {
    expect(outcomeOf(verify(golden.policy))).toEqual(['anchored', 'validators', true])
    const three = strangers + validators.split(' ').slice(0, -1).join(' ')
    const five = `${strangers}${validators} 0x${'12'.repeat(20)}`
    const elsewhere = strangers + validators.replace('31337', '1')
    for (const text of [three, five, elsewhere]) {
      expect(outcomeOf(verify(text))).toEqual(['witnessed', null, null])
    }
  })
})

describe('of seals', () => {
  test('two of four do not make a block final, three do', () => {
    const report = verify(
      golden.policy,
      sealed(seals => seals.slice(0, 2)),
    )
    expect(outcomeOf(report)).toEqual(['witnessed', null, null])
    expect(lastOf(report)).toBe("2 of your policy's 4 validators sealed the block; 3 are needed.")
    expect(
      outcomeOf(
        verify(
          golden.policy,
          sealed(() => []),
        ),
      ),
    ).toEqual(['witnessed', null, null])
  })

  test.each<[string, (seals: readonly RlpItem[]) => RlpItem[]]>([
    ['one twice', ([first = none, second = none]) => [first, second, second]],
    ['more than there are validators', seals => [...seals, ...seals]],
    ['one by nobody', ([first = none, second = none]) => [first, second, new Uint8Array(65)]],
    ['one that is too short', ([first = none, second = none]) => [first, second, hex('12')]],
    ['one with another point', ([first]) => [(first as Uint8Array).with(64, 2)]],
  ])('%s makes the header another', (_, change) => {
    expect(verify(golden.policy, sealed(change)).verdict).toBe('invalid')
  })

  test('count by the reader’s list alone where the block names no validators', () => {
    const unnamed = withoutValidators()
    const { header, blockHash } = unnamed
    const changed = { ...anchor, state: { ...state, header, blockHash } }
    const report = verifyBundle({ ...golden.bundle, anchor: changed }, parsePolicy(golden.policy))
    // Its seals were made for the block that names them: none of them is of this one.
    expect(outcomeOf(report)).toEqual(['witnessed', null, null])
    expect(lastOf(report)).toContain("0 of your policy's 4 validators")
  })

  test('of another round are of another block', () => {
    expect(
      verify(
        golden.policy,
        sealed(seals => [...seals], hex('02')),
      ).verdict,
    ).toBe('invalid')
  })
})

describe('a state', () => {
  const signed = saleBundle()
  const root = parseCheckpoint(`${signed.checkpoint.note.split('\n\n')[0]}\n`)?.root ?? none
  const { contract, chainId } = anchor
  const anchoring = `${policyText}\nanchor ${chainId} ${contract}\n`
  const place = { chainId, contract, size: 3, proof: [], block: 1 }
  const transaction = `0x${'cd'.repeat(32)}`

  function verifyState(held: Uint8Array | null, change = {}, isTrusted = true): Report {
    const { blockHash, ...rest } = stateHolding(held)
    const proven = { blockHash, ...rest, ...change }
    const own = { ...place, root: toBase64(root), transaction, state: proven }
    const blocks = isTrusted ? [blockHash] : []
    return verifyBundle({ ...signed, anchor: own }, parsePolicy(anchoring), { blocks })
  }

  test('with the root of the checkpoint anchors it', () => {
    expect(outcomeOf(verifyState(root))).toEqual(['anchored', 'block', true])
    expect(outcomeOf(verifyState(root, {}, false))).toEqual(['witnessed', null, null])
  })

  test('with another root proves two histories, once the block is trusted', () => {
    const other = new Uint8Array(32).fill(0xab)
    expect(verifyState(other).verdict).toBe('contradicted')
    expect(verifyState(other, {}, false).verdict).toBe('invalid')
  })

  test('without a root, or of another block or contract, is none', () => {
    expect(verifyState(null).verdict).toBe('invalid')
    expect(verifyState(root, { storage: [] }).verdict).toBe('invalid')
    expect(verifyState(root, { account: [] }).verdict).toBe('invalid')
    expect(verifyState(root, { blockHash: `0x${'00'.repeat(32)}` }).verdict).toBe('invalid')
    expect(verifyState(root, { header: toBase64(hex('c0')) }).verdict).toBe('invalid')
    expect(verifyState(root, { header: '' }).verdict).toBe('invalid')
  })

  /** A block in whose state the contract holds this root, or one for another size. */
  function stateHolding(held: Uint8Array | null) {
    const slot = anchorSlot(sha256(utf8(LOG)), held === null ? 4 : 3)
    const storage = leafNode(slot, encodeRlp(held ?? root))
    const account = encodeRlp([hex('01'), none, keccak_256(storage), keccak_256(none)])
    const accounts = leafNode(hex(contract.slice(2)), account)
    const fields = Array.from({ length: 15 }, () => none)
    const header = encodeRlp(fields.with(3, keccak_256(accounts)))
    return {
      blockHash: `0x${toHex(keccak_256(header))}`,
      header: toBase64(header),
      account: [toBase64(accounts)],
      storage: [toBase64(storage)],
    }
  }
})

/** The only node of a trie: a leaf with all 64 nibbles of its key. */
function leafNode(key: Uint8Array, value: Uint8Array): Uint8Array {
  return encodeRlp([concat(hex('20'), keccak_256(key)), value])
}

/** The golden header with other seals, or of another round. */
function sealed(change: (seals: readonly RlpItem[]) => RlpItem[], round = hex('01')): string {
  const fields = listOf(fromBase64(state.header))
  const [vanity = none, own = none, vote = none, , seals = []] = listOf(fields[12])
  const extra = encodeRlp([vanity, own, vote, round, change(seals as readonly RlpItem[])])
  return toBase64(encodeRlp(fields.with(12, extra)))
}

/** The golden block as a chain would write it that keeps its validators in a contract. */
function withoutValidators() {
  const fields = listOf(fromBase64(state.header))
  const [vanity = none, , vote = none, round = none, seals = []] = listOf(fields[12])
  const extra = (at: RlpItem, by: RlpItem) => encodeRlp([vanity, [], vote, at, by])
  const header = (data: Uint8Array) => encodeRlp(fields.with(12, data))
  const blockHash = `0x${toHex(keccak_256(header(extra(none, []))))}`
  return { blockHash, header: toBase64(header(extra(round, seals))) }
}

function listOf(item: RlpItem | undefined): readonly RlpItem[] {
  const list = item instanceof Uint8Array ? decodeRlp(item) : undefined
  return list && !(list instanceof Uint8Array) ? list : expect.unreachable()
}
