/** What is asked of the cloud for each wish, and the wishes that make no sense. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { saleBundle } from '@tillproof/shared/testing/world.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { signIn } from './cloud-session.ts'
import { exportOf } from './export.ts'

const device = 'd0123456789ab'

test.each([
  [{ sale: `${device}.1.42` }, `/api/v1/bundles/sales/${device}.1.42`, `sale-${device}.1.42`],
  [{ device }, `/api/v1/bundles/devices/${device}`, device],
  [
    { device, epoch: '2', range: '0-9999' },
    `/api/v1/bundles/devices/${device}?epoch=2&from=0&to=9999`,
    `${device}.2.0-9999`,
  ],
])('%o', (wanted, path, file) => {
  expect(exportOf(wanted)).toEqual({ path, file: `${file}.bundle.json` })
})

test.each([
  [{ device, packed: true } as const, 'form=packed', device],
  [{ device, range: '0-10000' }, 'from=0&to=10000&form=packed', `${device}.0-10000`],
])('%o comes packed', (wanted, query, file) => {
  const path = `/api/v1/bundles/devices/${device}?${query}`
  expect(exportOf(wanted)).toEqual({ path, file: `${file}.bundle.cbor` })
})

test.each([
  {},
  { sale: `${device}.1.42`, device },
  { sale: `${device}.1.42`, range: '1-2' },
  { sale: 'nothing' },
  { device: '../etc/passwd' },
  { device, range: '5-4' },
  { device, range: '0-100000' },
  { sale: `${device}.1.42`, packed: true } as const,
  { device, range: '7' },
  { device, epoch: '0' },
])('%o makes no sense', wanted => {
  expect(exportOf(wanted)).toMatchObject({ wrong: expect.any(String) })
})

describe('the command', () => {
  let dir: string
  let server: Server
  let url: string
  /** What the bundle's path is answered with. */
  let answer: { status: number; body: string }
  const seen: string[] = []

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tillproof-export-'))
    writeFileSync(join(dir, 'password'), 'open sesame\n')
    answer = { status: 200, body: JSON.stringify(saleBundle()) }
    seen.length = 0
    server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const { cookie, origin } = request.headers
      seen.push(`${request.method} ${request.url} ${cookie ?? '-'} ${origin === url} ${body}`)
      if (request.method === 'POST') response.setHeader('set-cookie', 'sid=1; HttpOnly')
      const isBundle = request.url?.startsWith('/api/v1/bundles/')
      const sent = utf8(isBundle ? answer.body : '{}')
      const headers = { 'content-length': sent.length }
      response.writeHead(isBundle ? answer.status : 200, headers).end(sent)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
    rmSync(dir, { recursive: true })
  })

  async function run(...more: string[]): Promise<{ out: string; err: string; code: number }> {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url))
    const who = ['--email', 'a@b.example', '--password-file', join(dir, 'password')]
    const args = [main, 'bundle', 'export', '--url', url, ...who, ...more]
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: dir })
      return { out: stdout, err: stderr, code: 0 }
    } catch (error) {
      const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number }
      return { out: stdout, err: stderr, code }
    }
  }

  test('signs in, writes what it got, and signs out', async () => {
    const { out, code } = await run('--device', device, '--range', '1-3', '--json')
    expect(code).toBe(0)
    const file = `${device}.1-3.bundle.json`
    expect(JSON.parse(out)).toEqual({ file, events: 3 })
    expect(readFileSync(join(dir, file), 'utf8')).toBe(answer.body)
    const credentials = '{"email":"a@b.example","password":"open sesame"}'
    expect(seen).toEqual([
      `POST /api/v1/session - true ${credentials}`,
      `GET /api/v1/bundles/devices/${device}?from=1&to=3 sid=1 true `,
      'DELETE /api/v1/session sid=1 true ',
    ])
  })

  test('says how much of the download has come', async () => {
    const seen: [done: number, of: number][] = []
    const session = await signIn(url, { email: 'a@b.example', password: 'open sesame' })
    const bytes = await session.bytes('/api/v1/bundles/x', (done, of) => seen.push([done, of]))
    expect(bytes).toEqual(utf8(answer.body))
    const { length } = utf8(answer.body)
    expect(seen.at(-1)).toEqual([length, length])
  })

  test('hands the cloud’s refusal on, and writes nothing that is no bundle', async () => {
    const problem = { code: 'bundle.unknown-sale', title: 'There is no such sale.', next: 'Look.' }
    answer = { status: 404, body: JSON.stringify(problem) }
    const refused = await run('--sale', `${device}.1.1`)
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('no such sale') })
    answer = { status: 200, body: '<html>' }
    expect(await run('--sale', `${device}.1.1`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('is no proof bundle'),
    })
    expect((await run()).code).toBe(2)
  })
})
