/** A real HTTP server answers well, badly, and not at all: the client turns each into an answer. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Client, createClient } from './client.ts'

const answers: Record<string, [status: number, body: string]> = {
  '/good': [200, '{"size":3}'],
  '/other-shape': [200, '{"size":"three"}'],
  '/not-json': [200, '<html>'],
  '/refused': [
    409,
    '{"code":"pledge.taken","title":"It is pledged already.","next":"Choose another machine."}',
  ],
  '/signed-out': [401, '{"code":"session.none","title":"Nobody is signed in.","next":"Sign in."}'],
  '/broken': [502, 'Bad gateway'],
  '/strange': [418, '{"title":1}'],
  '/gone': [204, ''],
}
const schema = z.object({ size: z.number() })

let server: Server
let base = ''
let client: Client
let signedOut = 0
const asked: string[] = []

beforeAll(async () => {
  server = createServer((req, res) => {
    asked.push(`${req.method} ${req.url}`)
    const [status, body] = answers[new URL(req.url ?? '', base).pathname] ?? [404, '']
    res.writeHead(status).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = createClient({
    fetch: (input, init) => fetch(`${base}${input}`, init),
    onSignedOut: () => {
      signedOut += 1
    },
  })
})
afterAll(() => new Promise(resolve => server.close(resolve)))

test('an answer of the right shape is the value', async () => {
  expect(await client.json(schema, { path: '/good' })).toEqual({ ok: true, value: { size: 3 } })
})

test('empty and absent query values are left out, others are encoded', async () => {
  await client.json(schema, { path: '/good', query: { a: 'x y', b: undefined, c: '', d: 2 } })
  expect(asked.at(-1)).toBe('GET /good?a=x+y&d=2')
})

describe('refusals', () => {
  test('a problem of the cloud comes through as it is', async () => {
    expect(await client.json(schema, { path: '/refused' })).toEqual({
      ok: false,
      status: 409,
      problem: {
        code: 'pledge.taken',
        title: 'It is pledged already.',
        next: 'Choose another machine.',
      },
    })
  })

  test.each([
    ['/other-shape', 'client.unexpected-answer'],
    ['/not-json', 'client.unexpected-answer'],
    ['/broken', 'client.cloud-failed'],
    ['/strange', 'client.refused'],
  ])('%s is the problem %s', async (path, code) => {
    const answer = await client.json(schema, { path })
    expect(answer.ok ? undefined : answer.problem.code).toBe(code)
  })

  test('a lost session is told to the page, whatever was asked', async () => {
    const before = signedOut
    const answer = await client.text({ path: '/signed-out' })
    expect(answer).toMatchObject({ ok: false, status: 401, problem: { code: 'session.none' } })
    expect(signedOut).toBe(before + 1)
  })

  test('a cloud that cannot be reached is a problem, not an exception', async () => {
    const nowhere = createClient({ fetch: () => fetch('http://127.0.0.1:1/') })
    const answer = await nowhere.json(schema, { path: '/good' })
    expect(answer).toMatchObject({ ok: false, status: 0, problem: { code: 'client.unreachable' } })
  })
})

test('an answer without a body is done', async () => {
  expect(await client.done({ method: 'DELETE', path: '/gone' })).toEqual({ ok: true, value: null })
})
