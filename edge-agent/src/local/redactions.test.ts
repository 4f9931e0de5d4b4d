/** Erasing at the machine, as `tillproof agent redact` asks for it: through the local API. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keptParts } from '../journal/retention.ts'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { type LocalServer, startLocalServer } from './server.ts'

const TOKEN = 'redact-test-token-redact-test-token-redact-'
const REASON = 'asked for by the customer'

let box: TestJournal
let api: LocalServer
beforeEach(async () => {
  box = await testJournal()
  await box.journal.append({ events: [{ kind: 'session.started', sealed: { plate: 'B-XY 1' } }] })
  const log = { deviceId: 'd0123456789ab', epoch: 1 }
  const others = { status: unused, recordTest: unused, audit: unused }
  api = await startLocalServer({ store: box.journal, log, token: TOKEN, ...others }, 0)
})
afterEach(async () => {
  await api.stop()
  await box.stop()
})

test('the sealed part is gone, and the answer names the event that says so', async () => {
  expect(await redact({ index: 1, reason: REASON })).toEqual({ status: 201, body: { index: 2 } })
  const [stored] = await box.journal.readEntries(1, 1)
  expect(keptParts(stored ?? expect.unreachable())).toMatchObject({
    sealed: null,
    sealedSalt: null,
    sealedHash: stored?.entry.slice(32),
  })
})

describe('refused', () => {
  test.each([
    [{ index: 99, reason: REASON }, 404, 'journal.no-such-event'],
    [{ index: 0, reason: REASON }, 409, 'journal.nothing-sealed'],
    [{ index: 1 }, 400, 'local.bad-request'],
    [{ index: 1, reason: '' }, 400, 'local.bad-request'],
    [{ index: 1, reason: 'two\nlines' }, 400, 'local.bad-request'],
    [{ index: -1, reason: REASON }, 400, 'local.bad-request'],
    [{ index: 1, reason: REASON, more: 1 }, 400, 'local.bad-request'],
  ])('%j: %i %s', async (asked, status, code) => {
    expect(await redact(asked)).toMatchObject({ status, body: { code } })
    expect(box.journal.size()).toBe(2)
  })

  test('without the token', async () => {
    expect(await redact({ index: 1, reason: REASON }, 'x')).toMatchObject({ status: 401 })
    expect(box.journal.size()).toBe(2)
  })
})

async function redact(asked: object, token = TOKEN): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify(asked) }
  const answer = await fetch(`${api.url}/v1/redactions`, init)
  return { status: answer.status, body: await answer.json() }
}

function unused(): never {
  return expect.unreachable()
}
