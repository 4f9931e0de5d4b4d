/** What the installer pastes runs as it stands, whatever the server put into the slip. */
import { expect, test } from 'vitest'
import { enrolCommand } from './commands.ts'

const slip = {
  id: '6f1d3c1e-8a52-4e4f-9a53-0f6ad5b1f9b2',
  code: 'K7QM-3XPA-91TZ',
  server: 'http://10.0.0.5:8080',
  label: 'Lobby',
  kind: 'vending' as const,
  site: 'Hall',
  expiresAt: '2025-03-01T00:00:00.000Z',
}

test('the command names code, server, home and kind', () => {
  expect(enrolCommand(slip)).toBe(
    'npx tillproof agent enrol K7QM-3XPA-91TZ \\\n' +
      '  --server http://10.0.0.5:8080 \\\n' +
      '  --home ./tillproof-agent --kind vending',
  )
})

test('odd characters are quoted', () => {
  expect(enrolCommand({ ...slip, code: "a b'c" })).toContain(`enrol 'a b'\\''c'`)
})
