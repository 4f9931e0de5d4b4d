/** A grant ends at its instant, and a revoked one stays revoked. */
import { expect, test } from 'vitest'
import { grantState } from './grant-state.ts'

const grant = {
  id: '6f1d3c1e-8a52-4e4f-9a53-0f6ad5b1f9b2',
  operatorId: '6f1d3c1e-8a52-4e4f-9a53-0f6ad5b1f9b3',
  granteeId: '6f1d3c1e-8a52-4e4f-9a53-0f6ad5b1f9b4',
  deviceId: null,
  scope: 'monitor' as const,
  from: '2025-01-01T00:00:00.000Z',
  until: '2025-02-01T00:00:00.000Z',
  revokedAt: null,
}
const end = Date.parse('2025-02-01T00:00:00.000Z')

test.each([
  [grant, end - 1, 'live'],
  [grant, end, 'ended'],
  [{ ...grant, until: null }, end * 2, 'live'],
  [{ ...grant, revokedAt: '2025-01-15T00:00:00.000Z' }, end - 1, 'revoked'],
] as const)('case %#', (given, now, state) => {
  expect(grantState(given, now)).toBe(state)
})
