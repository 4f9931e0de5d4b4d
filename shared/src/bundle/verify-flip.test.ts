/**
 * Every byte of a bundle matters: the golden one, computed by another implementation, verifies in
 * both of its forms, and with any byte changed outside the declared fields it ends in `invalid` or
 * `contradicted`.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import golden from '../../vectors/bundle.json' with { type: 'json' }
import packed from '../../vectors/packed-bundle.json' with { type: 'json' }
import { utf8 } from '../bytes/bytes.ts'
import { parsePolicy } from '../note/policy.ts'
import { hex } from '../testing/bytes.ts'
import type { Bundle } from './bundle.ts'
import { unauthenticatedFields } from './bundle.ts'
import { verifyBundle } from './verify.ts'

const policy = parsePolicy(golden.policy)
const originHash = hex(golden.anchorQuery.originHash)
const anchorCheck = {
  query: { ...golden.anchorQuery, originHash },
  root: hex(golden.anchoredRoot),
}
const forms = [
  { form: 'in JSON', bytes: utf8(JSON.stringify(golden.bundle)) },
  { form: 'packed', bytes: hex(packed.packed) },
]

describe.each(forms)('$form', ({ bytes }) => {
  test('the golden bundle is anchored', () => {
    const report = verifyBundle(bytes, policy, { anchorCheck })
    expect(report).toMatchObject({ verdict: 'anchored', exitCode: 0 })
    expect(report.checks.map(check => [check.name, check.ok])).toEqual([
      ['checkpoint', true],
      ['witnesses', true],
      ['device-head', true],
      ['event', true],
      ['sale', true],
      ['clearing', true],
      ['agreement', true],
      ['anchor', true],
      ['anchor-on-chain', true],
      ['anchor-proof', true],
      ['anchor-block', true],
    ])
    expect(report.anchoredBy).toBe('node')
    expect(report.witnesses).toEqual([{ name: 'lender', timeS: 1750000010 }])
    expect(report.events.map(event => [event.index, event.open?.kind])).toEqual([
      [1, 'sale.requested'],
      [2, 'payment.seen'],
      [3, 'sale.approved'],
      [4, 'sale.result'],
      [5, undefined],
    ])
  })

  test('it is anchored without a node, too: three of four validators sealed its block', () => {
    const report = verifyBundle(bytes, policy)
    expect(report).toMatchObject({ verdict: 'anchored', anchoredBy: 'validators' })
    expect(report.checks.at(-1)?.detail).toBe(
      "3 of your policy's 4 validators sealed the block, which makes it final.",
    )
  })

  test('each byte changed once, by its lowest bit or by the bit of upper case', () => {
    expect(
      survivors(
        bytes,
        [...bytes.keys()].map(at => [at, at % 2 === 0 ? 0x01 : 0x20]),
      ),
    ).toEqual([])
  }, 600_000)

  test('any change of any byte', () => {
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(change, flip => {
        expect(survivors(bytes, [flip])).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

/** Changes after which the bundle still verifies, with what was changed. */
function survivors(bytes: Uint8Array, flips: [at: number, mask: number][]): string[] {
  const declared = declaredRanges(bytes)
  return flips.flatMap(([at, mask]) => {
    if (declared.some(([start, end]) => at >= start && at < end)) return []
    const changed = Uint8Array.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ mask
    const { exitCode } = verifyBundle(changed, policy, { anchorCheck })
    if (exitCode === 20 || exitCode === 21) return []
    return [`byte ${at} ^ ${mask}: ${new TextDecoder().decode(bytes.subarray(at - 20, at + 20))}`]
  })
}

/** Where the values of the declared fields lie, in bytes; the bundle has each such key once. */
function declaredRanges(bytes: Uint8Array): [start: number, end: number][] {
  const text = new TextDecoder('latin1').decode(bytes)
  return unauthenticatedFields(golden.bundle as Bundle).map(pointer => {
    const key = `"${pointer.split('/').at(-1)}":`
    const before = text.slice(0, text.indexOf(key) + key.length)
    const [value = ''] = /^(?:"[^"]*"|\d+)/.exec(text.slice(before.length)) ?? []
    return [before.length, before.length + value.length]
  })
}
