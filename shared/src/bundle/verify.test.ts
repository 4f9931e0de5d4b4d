/** What comes in, and what is said about a bundle that is right. */
import { expect, test } from 'vitest'
import { parsePolicy } from '../note/policy.ts'
import { policyText, saleBundle } from '../testing/world.ts'
import { verifyBundle } from './verify.ts'

const policy = parsePolicy(policyText)
const good = saleBundle()

test('the untouched bundle is witnessed', () => {
  const report = verifyBundle(good, policy)
  expect(report).toMatchObject({ verdict: 'witnessed', exitCode: 10 })
  expect(report.checks.filter(check => check.ok === false)).toEqual([])
  expect(report.witnesses).toEqual([{ name: 'lender', timeS: 1_750_000_000 }])
  expect(report.events.map(event => [event.index, event.open?.kind])).toEqual([
    [1, 'sale.requested'],
    [2, 'sale.approved'],
    [3, 'sale.result'],
  ])
})

test.each([undefined, null, '', '[]', 7, {}, new Uint8Array(3)])('%j is no bundle', input => {
  expect(verifyBundle(input, policy)).toMatchObject({
    verdict: 'invalid',
    exitCode: 20,
    checks: [{ name: 'form', ok: false }],
    events: [],
    witnesses: [],
  })
})

/** What a value of the bundle is replaced with, at every place in turn. */
const odd: unknown[] = [
  null,
  true,
  '',
  '\ud800',
  'x\ud800+00000000+AAAA',
  '\n\n\u2014 ',
  -1,
  0.5,
  1e300,
  Number.NaN,
  [],
  {},
  ['\ud800'],
  { __proto__: 1 },
  10n,
  undefined,
  new Uint8Array(1),
]

test('whatever stands wherever, it is a verdict and not an exception', () => {
  const places = placesIn(good)
  expect(places.length).toBeGreaterThan(40)
  for (const place of places) {
    for (const value of odd.filter(each => !isAlike(each, valueAt(place)))) {
      const report = verifyBundle(replaced(good, place, value), policy)
      expect(['invalid', 'witnessed']).toContain(report.verdict)
      if (report.verdict === 'witnessed') expect([place, value]).toEqual([['sale'], null])
    }
  }
})

function isAlike(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length + b.length === 0)
}

function valueAt(place: string[]): unknown {
  return place.reduce((value: unknown, key) => (value as Record<string, unknown>)[key], good)
}

function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, item]) => placesIn(item, [...path, key]))]
}

function replaced(value: unknown, [first, ...rest]: string[], by: unknown): unknown {
  if (first === undefined) return by
  const copy: Record<string, unknown> = Array.isArray(value) ? [...value] : Object(value)
  const changed = Array.isArray(copy) ? copy : { ...copy }
  changed[first] = replaced(copy[first], rest, by)
  return changed
}
