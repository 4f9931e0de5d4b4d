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
