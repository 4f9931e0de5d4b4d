/**
 * Forgeries on the machine's side: keys that vouch for themselves, events that are not where they
 * say, machines with two histories. Each bundle is right in everything but one thing.
 */
import { describe, expect, test } from 'vitest'
import { toBase64 } from '../bytes/base64.ts'
import { utf8 } from '../bytes/bytes.ts'
import { ed25519, sha256 } from '../crypto/crypto.ts'
import { vkey } from '../note/key.ts'
import { formatPolicy, parsePolicy } from '../note/policy.ts'
import {
  bundleEvent,
  bundleHead,
  cosignedCheckpoint,
  deviceHeadEntry,
  genesisParts,
  LOG,
  ORIGIN,
  partsOf,
  policyText,
  saleBundle,
  saleLog,
  seeds,
  signHead,
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

describe('the machine', () => {
  test('whose head is not in the log is refused, however well it signs itself', () => {
    const log = saleLog(seeds.mallory)
    const head = { ...bundleHead(log, 4, signHead(log, 4, seeds.mallory), 0)([utf8('x')]) }
    const proof = good.deviceHeads[0]?.proof ?? []
    const bundle = { ...good, deviceHeads: [{ ...head, leafIndex: 1, proof }] }
    expect(failuresOf(bundle)).toContain('device-head')
  })

  test('whose head another key signed than its genesis names is refused', () => {
    const log = saleLog()
    expect(failuresOf(saleBundle(log, signHead(log, 4, seeds.mallory)))).toContain('device-head')
  })

  test('whose genesis is not the first leaf under its head is refused', () => {
    const log = saleLog()
    const bundle = saleBundle(log)
    const other = saleBundle([genesisParts(seeds.mallory), ...log.slice(1)])
    const [head] = bundle.deviceHeads
    const [otherHead] = other.deviceHeads
    if (!head || !otherHead) return expect.unreachable()
    const mixed = { ...bundle, deviceHeads: [{ ...head, genesis: otherHead.genesis }] }
    expect(failuresOf(mixed)).toContain('device-head')
  })

  test('whose first event is no genesis is refused', () => {
    const log = [partsOf({ kind: 'custom', index: 1 }), ...saleLog().slice(1)]
    expect(failuresOf(saleBundle(log))).toContain('device-head')
  })

  test('of another cloud, or of no cloud, is refused', () => {
    const log = saleLog()
    for (const origin of [ORIGIN.replace('demo', 'evil'), 'somebody', LOG]) {
      expect(failuresOf(saleBundle(log, signHead(log, 4, seeds.device, origin)))).toContain(
        'device-head',
      )
    }
  })

  test('whose evidence key the policy pins differently is refused', () => {
    const pin = (seed: Uint8Array) =>
      parsePolicy(`${policyText}\ndevice ${vkey(ORIGIN, 'ed25519', ed25519.publicKeyOf(seed))}\n`)
    expect(verifyBundle(good, pin(seeds.device)).verdict).toBe('witnessed')
    expect(verifyBundle(good, pin(seeds.mallory)).verdict).toBe('invalid')
    const laterEpoch = vkey(`${ORIGIN.slice(0, -1)}2`, 'ed25519', ed25519.publicKeyOf(seeds.device))
    expect(verifyBundle(good, parsePolicy(`${policyText}\ndevice ${laterEpoch}\n`)).verdict).toBe(
      'invalid',
    )
    expect(formatPolicy(pin(seeds.device))).toContain('\ndevice ')
  })

  test('whose genesis names a key of small order is refused', () => {
    const log = saleLog()
    const weak = Uint8Array.of(1, ...new Uint8Array(31))
    const facts = {
      model: 'm',
      controllerSerial: 's',
      tlsFingerprint: new Uint8Array(32),
      agentVersion: '1',
    }
    log[0] = partsOf({ kind: 'genesis', index: 0, genesis: { ...facts, evidenceKey: weak } })
    expect(failuresOf(saleBundle(log))).toContain('device-head')
  })
})

describe('events', () => {
  test('that state another index than their leaf are refused', () => {
    const log = saleLog()
    log[2] = partsOf({
      kind: 'sale.approved',
      index: 3,
      sale: 1,
      amountMinor: 350n,
      currency: 'CNY',
    })
    expect(failuresOf(saleBundle(log))).toContain('event')
  })

  test('that cannot be read are refused even when the machine signed them', () => {
    const log = saleLog()
    log[2] = {
      open: Uint8Array.of(0xff),
      openSalt: new Uint8Array(16),
      sealed: null,
      sealedSalt: null,
    }
    expect(failuresOf(saleBundle(log))).toContain('event')
  })

  test('of another head, or of none, are refused', () => {
    const [, , last] = good.events
    for (const head of [1, 99]) {
      const events = [...good.events.slice(0, 2), { ...last, head }]
      expect(failuresOf({ ...good, events })).toContain('event')
    }
  })

  test('that never had a sealed part cannot be said to hide one', () => {
    const nothing = { hash: toBase64(new Uint8Array(32)) }
    const [first, ...rest] = good.events
    const [head] = good.deviceHeads
    if (!first || !head) return expect.unreachable()
    expect(failuresOf({ ...good, events: [{ ...first, sealed: nothing }, ...rest] })).toEqual([
      'form',
    ])
    const genesis = { ...head.genesis, sealed: nothing }
    expect(failuresOf({ ...good, deviceHeads: [{ ...head, genesis }] })).toEqual(['form'])
  })

  test('may be hidden, which discloses nothing and breaks nothing', () => {
    const log = saleLog()
    const hidden = {
      hash: toBase64(
        sha256(utf8('tillproof/open/v1\0'), log[3]?.openSalt ?? utf8(''), log[3]?.open ?? utf8('')),
      ),
    }
    const events = good.events.map(event =>
      event.index === 3 ? { ...event, open: hidden } : event,
    )
    const report = verifyBundle({ ...good, events, sale: null }, policy)
    expect(report.verdict).toBe('witnessed')
    expect(report.events[2]).toEqual({ origin: ORIGIN, index: 3, open: null, sealed: null })
    expect(failuresOf({ ...good, events })).toEqual(['sale'])
  })
})

describe('a machine with two histories is contradicted', () => {
  const one = saleLog()
  const other = [
    ...one.slice(0, 3),
    partsOf({ kind: 'sale.result', index: 3, sale: 1, result: 'failed' }),
  ]
  const longer = [...other, partsOf({ kind: 'custom', index: 4 })]

  function twoHeads(second: typeof one, secondEvent: number): Bundle {
    const notes = [signHead(one, one.length), signHead(second, second.length)]
    const entries = notes.map(deviceHeadEntry)
    return {
      ...good,
      events: [bundleEvent(one, 3, 0), bundleEvent(second, secondEvent, 1)],
      deviceHeads: [one, second].map((log, at) => {
        const disclosed = [at === 0 ? 3 : secondEvent]
        return bundleHead(log, log.length, notes[at] ?? '', at, disclosed)(entries)
      }),
      checkpoint: { ...good.checkpoint, note: cosignedCheckpoint(entries) },
      sale: null,
    }
  }

  test('by two roots of one size', () => {
    expect(verifyBundle(twoHeads(other, 1), policy)).toMatchObject({
      verdict: 'contradicted',
      exitCode: 21,
    })
  })

  test('by two events at one index, under heads of different sizes', () => {
    expect(verdictOf(twoHeads(longer, 3))).toBe('contradicted')
    expect(verdictOf(twoHeads(longer, 1))).toBe('witnessed')
  })

  test('by two geneses with two keys, though no event stands beside one of the other', () => {
    const log = [...saleLog(seeds.mallory), partsOf({ kind: 'custom', index: 4 })]
    const notes = [signHead(one, one.length), signHead(log, log.length, seeds.mallory)]
    const entries = notes.map(deviceHeadEntry)
    const bundle: Bundle = {
      ...good,
      events: [bundleEvent(one, 1, 0), bundleEvent(log, 3, 1)],
      deviceHeads: [one, log].map((each, at) => {
        return bundleHead(each, each.length, notes[at] ?? '', at, [at === 0 ? 1 : 3])(entries)
      }),
      checkpoint: { ...good.checkpoint, note: cosignedCheckpoint(entries) },
      sale: null,
    }
    expect(verdictOf(bundle)).toBe('contradicted')
  })

  test('but a log that grew is not', () => {
    const grown = [...one, partsOf({ kind: 'custom', index: 4 })]
    expect(verdictOf(twoHeads(grown, 3))).toBe('witnessed')
  })
})
