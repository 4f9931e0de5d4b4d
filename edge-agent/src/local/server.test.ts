/** What anybody on the gateway may send to the local API's port, well-behaved or not. */
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { type LocalServer, startLocalServer } from './server.ts'

const TOKEN = 'server-test-token-server-test-token-server-'
const EVENT = JSON.stringify({ name: 'restocked' })

let box: TestJournal
let api: LocalServer
beforeEach(async () => {
  box = await testJournal()
  const log = { deviceId: 'd0123456789ab', epoch: 1 }
  const others = { status: broken, recordTest: broken, audit: broken }
  api = await startLocalServer({ store: box.journal, log, token: TOKEN, ...others }, 0)
})
afterEach(async () => {
  await api.stop()
  await box.stop()
})

type Case = [
  string,
  string | Uint8Array<ArrayBuffer>,
  Record<string, string>,
  number,
  string | null,
]

const bodies: Case[] = [
  ['JSON', EVENT, {}, 201, null],
  ['JSON with a charset', EVENT, { 'content-type': 'application/json;charset=utf-8' }, 201, null],
  ['64 KiB of it', EVENT.padEnd(65_536), {}, 201, null],
  ['one byte more', EVENT.padEnd(65_537), {}, 400, 'local.bad-body'],
  ['ten megabytes', new Uint8Array(10_000_000), {}, 400, 'local.bad-body'],
  ['no JSON', '{', {}, 400, 'local.bad-body'],
  ['neither object nor list', '350', {}, 400, 'local.bad-body'],
  ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}, 400, 'local.bad-body'],
  ['packed', EVENT, { 'content-encoding': 'gzip' }, 400, 'local.bad-body'],
  ['text', EVENT, { 'content-type': 'text/plain' }, 400, 'local.bad-request'],
  ['nothing', '', {}, 400, 'local.bad-request'],
]

test.each(bodies)('a body of %s', async (_what, body, headers, status, code) => {
  const answer = await call('/v1/events', { method: 'POST', body, headers })
  const { code: told } = (await answer.json()) as { code?: string }
  expect([answer.status, told ?? null]).toEqual([status, code])
})

test('what the API does not have is not found, whatever the method', async () => {
  for (const [path, method] of [
    ['/v2/status', 'GET'],
    ['/v1/events', 'PUT'],
    ['/v1/status/', 'GET'],
    ['/constructor', 'GET'],
  ] as const) {
    const answer = await call(path, { method })
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { code: 'local.no-such-call' },
    ])
  }
})

test('a fault of the agent is told as one', async () => {
  const answer = await call('/v1/status', {})
  expect([answer.status, await answer.json()]).toMatchObject([500, { code: 'local.failed' }])
})

test.each(['//', '/%', '*', 'http://[', '/\\\\'])('%s as a path ends nothing', async path => {
  const status = async (headers: string[]) => {
    const lines = [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers]
    return (await exchange(`${lines.join('\r\n')}\r\n\r\n`)).slice(0, 12)
  }
  expect(await status(['Connection: close'])).toMatch(/^HTTP\/1\.1 40[01]$/)
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket']
  expect(await status(upgrade)).toMatch(/^HTTP\/1\.1 40[01]$/)
  expect((await call('/v1/events', { method: 'POST', body: EVENT })).status).toBe(201)
})

function call(path: string, init: RequestInit): Promise<Response> {
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    'content-type': 'application/json',
    ...init.headers,
  }
  return fetch(new URL(path, api.url), { ...init, headers })
}

/** What comes back until the other side closes. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

function broken(): never {
  throw new TypeError('the disk cannot be read')
}
