/** The command as a lender runs it: a process with exit codes, once and until it is stopped. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { batchHeaderBytes } from '@tillproof/shared/ledger/posting-batch.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LyingCloud, policyText, TestDevice } from './testing.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

let dir: string
let cloud: LyingCloud
const device = () => new TestDevice('d0000000000ca').grow(3)

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-monitor-'))
  writeFileSync(join(dir, 'policy'), policyText)
  cloud = await new LyingCloud().start()
  cloud.logHead(device()).publish()
})
afterEach(async () => {
  await cloud.stop()
  rmSync(dir, { recursive: true })
})

function flags(...more: string[]): string[] {
  const own = ['--url', cloud.url, '--policy', join(dir, 'policy'), '--dir', join(dir, 'monitor')]
  return [main, 'log', 'monitor', ...own, ...more]
}
async function run(...args: string[]): Promise<{ out: string; err: string; code: number }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
    return { out: stdout, err: stderr, code: 0 }
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number }
    return { out: stdout, err: stderr, code }
  }
}

test('--once: 0 for an honest cloud, 21 for two histories, 1 when it is gone', async () => {
  const honest = await run(...flags('--once', '--json'))
  expect(honest.code).toBe(0)
  expect(JSON.parse(honest.out)).toMatchObject({ state: 'ok', size: 1, devices: 1, findings: [] })
  const honestNote = cloud.checkpoint
  cloud.leaves.pop()
  cloud.logOther(4).publish()
  const lying = await run(...flags('--once'))
  expect(lying.code).toBe(21)
  expect(lying.out).toContain('✗  two-checkpoints: demo.tillproof.local/log')
  writeFileSync(join(dir, 'seen'), honestNote)
  const other = ['--once', '--seen', join(dir, 'seen'), '--dir', join(dir, 'other')]
  expect((await run(...flags(...other))).code).toBe(21)
  await cloud.stop()
  const gone = await run(...flags('--once', '--dir', join(dir, 'third'), '--json'))
  expect(gone.code).toBe(1)
  expect(JSON.parse(gone.out)).toMatchObject({ state: 'unreachable' })
  cloud = await new LyingCloud().start()
})

test('wrong usage is exit code 2', async () => {
  expect((await run(main, 'log', 'monitor', '--url', cloud.url)).code).toBe(2)
  expect((await run(...flags('--policy', join(dir, 'absent')))).code).toBe(2)
  expect((await run(...flags('--url', 'nowhere'))).code).toBe(2)
  expect((await run(...flags('--every', '0'))).code).toBe(2)
  writeFileSync(join(dir, 'empty'), 'quorum none\n')
  const none = await run(...flags('--policy', join(dir, 'empty')))
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining('names no log') })
})

test('following, it speaks when something changed, and survives a kill -9', async () => {
  const first = follow()
  expect(await first.next()).toMatchObject({ state: 'ok', size: 1 })
  cloud.logOther(300).publish()
  expect(await first.next()).toMatchObject({ size: 301, newLeaves: 300 })
  first.child.kill('SIGKILL')
  const second = follow()
  expect(await second.next()).toMatchObject({ state: 'ok', size: 301, newLeaves: 0 })
  cloud.lies.set('checkpoint', cloud.signed(cloud.leaves.slice(1)))
  expect(await second.next()).toMatchObject({ state: 'contradicted', exitCode: 21 })
  second.child.kill('SIGTERM')
  expect(await new Promise(resolve => second.child.once('exit', resolve))).toBe(21)
})

function follow(): { child: ChildProcess; next(): Promise<unknown> } {
  const args = flags('--every', '0.2', '--json')
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse(String((await lines.next()).value))
  return { child, next }
}

test('wrong usage of --recompute says what is missing', async () => {
  const book = ['--book', '11111111-1111-4111-8111-111111111111']
  writeFileSync(join(dir, 'password'), 'open sesame\n')
  const eyes = ['--email', 'you@bank.example', '--password-file', join(dir, 'password')]
  const refused = async (...args: string[]) => {
    const { code, err } = await run(...flags('--once', ...args))
    return `${code} ${err.trim()}`
  }
  expect(await refused('--recompute')).toBe('2 error: --recompute needs --book')
  const seeing = [...book, ...eyes]
  expect(await refused(...seeing, '--day', '2026-11-21')).toContain('2 error: --day needs')
  const recompute = [...seeing, '--recompute']
  expect(await refused(...recompute, '--day', '21.11.2026')).toContain('is no day as YYYY-MM-DD')
  expect(await refused(...recompute, '--unbooked-after', '0')).toContain('is no time in hours')
  expect(await refused(...recompute, '--rpc', 'http://127.0.0.1:1')).toContain('names no registry')
  expect(await refused(...book, '--recompute')).toContain('--book needs --email')
})

test('--book: read with the eyes of an account, held against the log', async () => {
  const book = '11111111-1111-4111-8111-111111111111'
  const zeros = new Uint8Array(32)
  const counts = { seq: 2n, firstJournal: 1n, journals: 1, bookedAtMs: 0 }
  const header = batchHeaderBytes({ operatorId: book, root: zeros, previous: zeros, ...counts })
  const batch = { header: toBase64(header), journals: [] }
  cloud.lies.set('/api/v1/session', '{}')
  cloud.lies.set(
    `/api/v1/ledger/batches?book=${book}&from=1`,
    JSON.stringify({ items: [batch], next: null }),
  )
  writeFileSync(join(dir, 'password'), 'open sesame\n')
  const eyes = ['--email', 'you@bank.example', '--password-file', join(dir, 'password')]
  const { code, out } = await run(...flags('--once', '--json', '--book', book, ...eyes))
  const kinds = JSON.parse(out).findings.map(({ kind }: { kind: string }) => kind)
  expect({ code, kinds }).toEqual({ code: 20, kinds: ['broken-chain', 'altered-batch'] })
  cloud.lies.set(`/api/v1/ledger/batches?book=${book}&from=1`, '{"items":[{}]}')
  const strange = await run(...flags('--once', '--book', book, ...eyes))
  expect(strange.out).toContain('what the cloud sent is no list of batches')
  expect((await run(...flags('--once', '--book', book))).code).toBe(2)
  expect((await run(...flags('--once', '--book', 'everything', ...eyes))).code).toBe(2)
})
