/** The check of the sale page against a world whose every key is in the test's hands. */
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import type { Report } from '@tillproof/shared/bundle/report.ts'
import { verifyBundle } from '@tillproof/shared/bundle/verify.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { DEVICE, policyText, saleBundle } from '@tillproof/shared/testing/world.ts'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../../api/client.ts'
import { policyFingerprint } from '../../verify/policy.ts'
import { verifySale } from './verify.ts'

const sale: SaleDetail = {
  id: `${DEVICE}.1.1`,
  deviceId: DEVICE,
  deviceLabel: 'Lobby',
  item: 'A1',
  amount: { amountMinor: '350', currency: 'CNY' },
  state: 'succeeded',
  grade: 'signed',
  at: '2025-06-15T15:06:40.000Z',
  orderId: null,
  channel: null,
  events: [],
  posting: null,
  evidence: { logged: true, witnessed: true, anchored: false },
}
const ok = async (value: string): Promise<Answer<string>> => ({ ok: true, value })
const verify = async (bundle: string, policy: string): Promise<Answer<Report>> => {
  return { ok: true, value: verifyBundle(bundle, parsePolicy(policy)) }
}
const check = (shown: SaleDetail, bundle: string, policy = policyText) =>
  verifySale({
    sale: shown,
    policy: () => ok(policy),
    bundle: () => ok(bundle),
    source: 'own',
    verify,
    now: () => 1_750_000_100_000,
  })
const proof = JSON.stringify(saleBundle())
const outcomes = (answer: Awaited<ReturnType<typeof check>>) =>
  answer.ok ? answer.value.page.map(({ name, ok: holds }) => [name, holds]) : answer.problem.code

test('a true proof of the shown sale: witnessed, and the page shows what is proven', async () => {
  const answer = await check(sale, proof)
  expect(answer.ok && answer.value.report.verdict).toBe('witnessed')
  expect(answer.ok && answer.value.at).toBe('2025-06-15T15:08:20.000Z')
  expect(outcomes(answer)).toEqual([
    ['page-sale', true],
    ['page-amount', true],
    ['page-postings', null],
  ])
})

describe('what the page shows is held against the proof', () => {
  test('a true proof of another sale is found out', async () => {
    const answer = await check({ ...sale, id: `${DEVICE}.1.9` }, proof)
    expect(outcomes(answer)).toContainEqual(['page-sale', false])
  })

  test('another amount is found out', async () => {
    const answer = await check({ ...sale, amount: { amountMinor: '351', currency: 'CNY' } }, proof)
    expect(outcomes(answer)).toContainEqual(['page-amount', false])
  })
})

test('a byte changed on the way is not proven', async () => {
  const bundle = saleBundle()
  const [first = '', ...rest] = bundle.checkpoint.note.split('\n')
  bundle.checkpoint.note = [first, '4', ...rest.slice(1)].join('\n')
  const answer = await check(sale, JSON.stringify(bundle))
  expect(answer.ok && answer.value.report.verdict).toBe('invalid')
})

test('a policy that cannot be read is refused before anything is downloaded', async () => {
  const answer = await check(sale, proof, 'log nonsense\n')
  expect(answer).toMatchObject({ ok: false, problem: { code: 'policy.unreadable' } })
})

test('a refused bundle is handed on with its problem', async () => {
  const problem = { code: 'bundle.not-ready', title: 'Not yet.', next: 'Wait a moment.' }
  const answer = await verifySale({
    sale,
    policy: () => ok(policyText),
    bundle: async () => ({ ok: false, status: 409, problem }),
    source: 'cloud',
    verify,
    now: () => 0,
  })
  expect(answer).toEqual({ ok: false, status: 409, problem })
})

test('the fingerprint of a policy is its SHA-256', () => {
  // FIPS 180-4, the example "abc".
  expect(policyFingerprint('abc')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})
