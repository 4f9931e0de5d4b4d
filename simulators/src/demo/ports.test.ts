/** A busy port is passed over, a taken one as well. */
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from './ports.ts'

test('a busy port gives the next free one', async () => {
  const busy = await freePort(20_000 + (process.pid % 10_000))
  const server = createServer()
  await new Promise<void>(resolve => server.listen(busy, '127.0.0.1', resolve))
  expect(await freePort(busy)).toBeGreaterThan(busy)
  await new Promise(resolve => server.close(resolve))
  expect(await freePort(busy)).toBe(busy)
  expect(await freePort(busy, new Set([busy]))).toBeGreaterThan(busy)
})
