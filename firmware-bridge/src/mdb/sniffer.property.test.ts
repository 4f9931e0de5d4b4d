/**
 * A day on a bus of which a listener misses any part: lines lost, blocks damaged, order disturbed.
 * What it tells may be less than what happened, or presumed; it is never more.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeSniffLine, type Sniffed } from './sniff-line.ts'
import { mdbSniffer } from './sniffer.ts'
import type { BusFact } from './sniffer-state.ts'

type Deed = { kind: 'cash' | 'sold' | 'failed' | 'denied' | 'silent' | 'reset'; item: number }
type Flaw = 'lost' | 'damaged' | 'none'

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom('cash', 'sold', 'failed', 'denied', 'silent', 'reset'),
  item: fc.integer({ min: 1, max: 200 }),
})
const flaw: fc.Arbitrary<Flaw> = fc.constantFrom('none', 'none', 'none', 'lost', 'damaged')

/** The blocks of all deeds in their order; item n costs n. */
function blocksOf(deeds: Deed[]): Sniffed[] {
  const blocks: Sniffed[] = []
  let at = 1000
  function exchange(command: number, data: number[], answer: number[] | 'ack'): void {
    const bytes = Uint8Array.from(data)
    blocks.push({ from: 'master', says: 'command', atTenthMs: at, command, data: bytes })
    const after = at + 60 + data.length * 12
    if (answer === 'ack') blocks.push({ from: 'peripheral', says: 'ack', atTenthMs: after })
    else {
      const told = Uint8Array.from(answer)
      blocks.push({ from: 'peripheral', says: 'data', atTenthMs: after, data: told })
      blocks.push({ from: 'master', says: 'ack', atTenthMs: after + 30 })
    }
    at += 300
  }
  for (const { kind, item } of deeds) {
    if (kind === 'cash') exchange(0x13, [5, 0, item, 0, item], 'ack')
    if (kind === 'reset') exchange(0x10, [], 'ack')
    if (kind === 'cash' || kind === 'reset') continue
    exchange(0x13, [0, 0, item, 0, item], 'ack')
    exchange(0x12, [], kind === 'denied' ? [6] : [5, 0, item])
    if (kind === 'sold') exchange(0x13, [2, 0, item], 'ack')
    if (kind === 'failed') exchange(0x13, [3], 'ack')
    exchange(0x13, [4], [7])
  }
  return blocks
}

function listen(blocks: Sniffed[], flaws: Flaw[], jitters: number[]): BusFact[] {
  const assumedScale = { factor: 1, decimals: 2, currencyCode: '1978' }
  const sniffer = mdbSniffer({ currency: 'EUR', assumedScale })
  const told = blocks
    .map((block, i) => ({
      block,
      flaw: flaws[i] ?? 'none',
      heardAt: block.atTenthMs + (jitters[i] ?? 0),
    }))
    .filter(it => it.flaw !== 'lost')
    .sort((a, b) => a.heardAt - b.heardAt)
  const facts = told.map(({ block, flaw: how }) => {
    const { from, atTenthMs } = block
    return sniffer.hear(encodeSniffLine(how === 'damaged' ? { from, atTenthMs, says: how } : block))
  })
  return [...facts, sniffer.silence()].flat().filter(it => it.kind !== 'discarded')
}

const items = (facts: BusFact[], ...kinds: BusFact['kind'][]) =>
  facts.flatMap(fact => (kinds.includes(fact.kind) && 'item' in fact ? [fact.item] : []))

/** Whether `few` can be crossed off in `many`; an item that was not heard is any one. */
function isPartOf(few: (number | null)[], many: number[]): boolean {
  const left = [...many]
  const known = few.filter(item => item !== null)
  return few.length <= many.length && known.every(item => crossOff(left, item))
}

function crossOff(left: number[], item: number): boolean {
  const at = left.indexOf(item)
  return at !== -1 && left.splice(at, 1).length === 1
}

test('heard whole, in any order the adapter may tell it, everything is told', () => {
  const jitter = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 })
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 12 }), jitter, (deeds, jitters) => {
      const facts = listen(blocksOf(deeds), [], jitters)
      const of = (kind: Deed['kind']) => deeds.filter(it => it.kind === kind).map(it => it.item)
      expect(items(facts, 'cash-sale')).toEqual(of('cash'))
      expect(items(facts, 'succeeded')).toEqual(of('sold'))
      expect(items(facts, 'failed')).toEqual(of('failed'))
      expect(items(facts, 'denied')).toEqual(of('denied'))
      expect(items(facts, 'presumed')).toEqual(of('silent'))
    }),
  )
})

test('with any part of it missing, nothing is told that was not, and nothing twice', () => {
  const flaws = fc.array(flaw, { minLength: 60, maxLength: 200 })
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 12 }), flaws, (any, missing) => {
      // Each deed has an item of its own, so that a fact of another deed is seen for what it is.
      const deeds = any.map((it, i) => ({ ...it, item: i + 1 }))
      const facts = listen(blocksOf(deeds), missing, [])
      const of = (...kinds: Deed['kind'][]) =>
        deeds.filter(it => kinds.includes(it.kind)).map(it => it.item)
      expect(isPartOf(items(facts, 'cash-sale'), of('cash'))).toBe(true)
      expect(isPartOf(items(facts, 'succeeded'), of('sold'))).toBe(true)
      // Of a sale without an outcome the item may be that of a request before it.
      const presumed = items(facts, 'succeeded', 'presumed')
      expect(presumed.length).toBeLessThanOrEqual(of('sold', 'silent', 'failed').length)
      for (const fact of facts) {
        if (fact.kind !== 'succeeded' && fact.kind !== 'cash-sale') continue
        if (fact.price !== null) expect(fact.price.minor).toBe(BigInt(fact.item ?? -1))
      }
    }),
    { numRuns: 1000 },
  )
})
