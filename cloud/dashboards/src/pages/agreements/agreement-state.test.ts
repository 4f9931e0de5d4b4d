/** Which version splits sales now, and what became of the others. */
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import { expect, test } from 'vitest'
import { agreementState } from './agreement-state.ts'

const version = (number: number, effectiveFrom: string | null, id = 'a') =>
  ({ id, version: number, effectiveFrom }) as Agreement
const now = Date.parse('2026-11-21T12:00:00Z')
const [earlier, yesterday, tomorrow] = [
  '2026-11-01T00:00:00Z',
  '2026-11-20T00:00:00Z',
  '2026-11-22T00:00:00Z',
]

test.each([
  ['inForce', version(1, earlier), []],
  ['before', version(1, earlier), [version(2, yesterday)]],
  ['inForce', version(1, earlier), [version(2, tomorrow)]],
  ['inForce', version(1, earlier), [version(2, yesterday, 'b')]],
  ['later', version(2, tomorrow), [version(1, earlier)]],
  ['waiting', version(2, null), [version(1, earlier)]],
  ['superseded', version(2, null), [version(3, yesterday)]],
] as const)('%s', (state, of, others) => {
  expect(agreementState(of, [of, ...others], now)).toBe(state)
})
