/**
 * A customer asks to be forgotten: `tillproof data erase` against a real cloud, and a real machine
 * that is away when it is asked. Afterwards plate and salt are nowhere, in no row and in no file of
 * the journal, and what was proven before is proven by the same hashes after.
 */
import { execFile, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dumpOf } from '@tillproof/cloud/machines/ingest/testing-dump.ts'
import {
  bootstrapCloud,
  type CloudProcess,
  startCloudProcess,
} from '@tillproof/cloud/testing-process.ts'
import { startVirtualAgent, type VirtualAgent } from '@tillproof/edge-agent/agent.ts'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import { enrol } from '@tillproof/edge-agent/enrol/enrol.ts'
import { checkJournal } from '@tillproof/edge-agent/journal/check.ts'
import { keptParts } from '@tillproof/edge-agent/journal/retention.ts'
import { type CloudSession, signIn } from '@tillproof/witness/bundle/cloud-session.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../bin/tillproof.mjs', import.meta.url))
const PLATE = 'B-XY-4711-erase-me'
const REASON = 'asked for by the customer'
const EMAIL = 'ann@acme.test'
const PATIENCE = { timeout: 120_000, interval: 500 }

let dir: string
let cloud: CloudProcess
let agent: VirtualAgent
let isRunning = false
/** Ann's; signing in is limited, so it is kept. */
let session: CloudSession
let sealedIndex: number

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-erase-'))
  chmodSync(dir, 0o711)
  const user = { email: EMAIL, name: 'Ann', role: 'admin' }
  const input = { organisations: [{ name: 'Acme', kind: 'operator', users: [user] }] }
  const { organisations } = await bootstrapCloud(join(dir, 'cloud'), input)
  const password = organisations.flatMap(({ users }) => users).find(one => one.email === EMAIL)
  writeFileSync(join(dir, 'password'), `${password?.password}\n`)
  const flags = ['--data', join(dir, 'cloud'), '--port', '0', '--mqtt-port', '0', '--no-dashboard']
  cloud = await startCloudProcess(join(dir, 'cloud.log'), [...flags, '--anchor-every-ms', '500'])
  await enrolMachine()
}, 180_000)
afterAll(async () => {
  if (isRunning) await agent.stop()
  await cloud.stop()
  rmSync(dir, { recursive: true, force: true })
})

test('erased in the cloud at once, on the machine when it is back', {
  timeout: 600_000,
}, async () => {
  agent = await startMachine()
  const recorded = await recordSealed(PLATE)
  sealedIndex = recorded.index
  const secrets = [Buffer.from(PLATE), recorded.salt]
  await agent.stop()
  isRunning = false
  const before = await verified('before')
  expect(await where(secrets)).toEqual({ database: [true, true], journal: [true, true] })

  expect(await erase()).toMatchObject({ index: sealedIndex, machine: 'ordered', by: EMAIL })
  expect(await where(secrets)).toEqual({ database: [false, false], journal: [true, true] })
  expect(await verified('between')).toEqual(before)

  agent = await startMachine()
  await expect.poll(machineSays, PATIENCE).toBe('erased')
  expect(await where(secrets)).toEqual({ database: [false, false], journal: [false, false] })
  expect(checkJournal(journalPath()).faults).toEqual([])
  expect(await verified('after')).toEqual(before)
})

test('a command that is not confirmed, or means no event, erases nothing', async () => {
  const unsure = await tillproof(...eraseFlags(sealedIndex))
  expect(unsure).toMatchObject({ code: 1, out: expect.stringContaining('cli.not-confirmed') })
  const beyond = await tillproof(...eraseFlags(9_999), '--yes')
  expect(beyond).toMatchObject({ code: 1, out: expect.stringContaining('erasure.no-such-event') })
  const noNumber = await tillproof(...eraseFlags(-1), '--yes')
  expect(noNumber.code).toBe(2)
})

test('erased on the machine, the cloud follows by its word', { timeout: 600_000 }, async () => {
  if (!isRunning) agent = await startMachine()
  const { index, salt: ownSalt } = await recordSealed('B-XY-4712-by-hand')
  const secrets = [Buffer.from('B-XY-4712-by-hand'), ownSalt]
  expect(await where(secrets)).toEqual({ database: [true, true], journal: [true, true] })
  await agent.stop()
  isRunning = false
  writeFileSync(homePaths(home()).config, 'machine: {profile: virtual}\nlog: {level: silent}\n')
  const gateway = spawn(process.execPath, [bin, 'agent', 'run', '--home', home()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await new Promise(resolve => gateway.stdout.once('data', resolve))
    const flags = ['agent', 'redact', '--home', home(), `--index=${index}`, '--reason', REASON]
    expect((await tillproof(...flags, '--json')).code).toBe(1)
    const { out, code } = await tillproof(...flags, '--yes', '--json')
    expect(code, out).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ index })
    await expect
      .poll(() => where(secrets), PATIENCE)
      .toEqual({ database: [false, false], journal: [false, false] })
  } finally {
    gateway.kill('SIGTERM')
    await new Promise(resolve => gateway.once('exit', resolve))
  }
})

/** Records an event with this plate and sees it receipted. */
async function recordSealed(plate: string): Promise<{ index: number; salt: Buffer }> {
  const done = await agent.journal.append({
    events: [{ kind: 'session.started', sealed: { plate } }, { kind: 'test' }],
  })
  const index = done.ok ? (done.events[0]?.index ?? -1) : -1
  const [stored] = await agent.journal.readEntries(index, 1)
  const { sealedSalt } = keptParts(stored ?? expect.unreachable())
  await agent.sealing.sealNow()
  expect(await agent.uplink.receipted(index + 2, 30_000)).toBe(true)
  return { index, salt: Buffer.from(sealedSalt ?? new Uint8Array()) }
}

async function enrolMachine(): Promise<void> {
  const url = cloud.ready.apiUrl ?? ''
  const password = readFileSync(join(dir, 'password'), 'utf8').trim()
  session = await signIn(url, { email: EMAIL, password })
  const body = { label: 'Gate', kind: 'virtual', site: 'Car park' }
  const { code } = JSON.parse(await session.post('/api/v1/enrolments', body))
  const machine = { kind: 'virtual', model: 'Virtual 1', controllerSerial: 'E-1', replace: false }
  await enrol({ ...machine, code, server: url, home: home(), clock: systemClock, say: () => {} })
}

async function startMachine(): Promise<VirtualAgent> {
  const { identity, journal } = homePaths(home())
  isRunning = true
  return startVirtualAgent({ identityFolder: identity, journalPath: journal, sealIntervalMs: 100 })
}

async function erase(): Promise<{ machine: string }> {
  const { out, code } = await tillproof(...eraseFlags(sealedIndex), '--yes')
  expect(code, out).toBe(0)
  return JSON.parse(out)
}

async function machineSays(): Promise<string> {
  const list = await session.text(`/api/v1/devices/${agent.identity.deviceId}/erasures`)
  return JSON.parse(list).items[0].machine
}

function eraseFlags(index: number): string[] {
  const what = ['--device', agent.identity.deviceId, `--index=${index}`, '--reason', REASON]
  return ['data', 'erase', ...signInFlags(), ...what, '--json']
}

/** The device's heads that a bundle rests on, once `tillproof verify` accepted it. */
async function verified(name: string): Promise<unknown> {
  const file = join(dir, `${name}.bundle.json`)
  const policy = join(dir, 'policy')
  writeFileSync(policy, await session.text('/api/v1/policy'))
  const range = [
    '--device',
    agent.identity.deviceId,
    '--range',
    `${sealedIndex}-${sealedIndex + 1}`,
  ]
  await expect
    .poll(async () => {
      return (await tillproof('bundle', 'export', ...signInFlags(), ...range, '--out', file)).code
    }, PATIENCE)
    .toBe(0)
  const { out, code } = await tillproof('verify', file, '--policy', policy, '--json')
  expect([0, 10, 11], out).toContain(code)
  const { deviceHeads } = JSON.parse(readFileSync(file, 'utf8'))
  return deviceHeads.map(({ note }: { note: string }) => note)
}

function signInFlags(): string[] {
  const url = cloud.ready.apiUrl ?? ''
  return ['--url', url, '--email', EMAIL, '--password-file', join(dir, 'password')]
}

/** Which of the secrets lie in the database, and which in the files of the journal. */
async function where(secrets: readonly Buffer[]) {
  const addresses = readFileSync(join(dir, 'cloud/cloud/embedded.json'), 'utf8')
  const dump = Buffer.from(await dumpOf(JSON.parse(addresses).databaseUrl))
  const folder = join(journalPath(), '..')
  const names = readdirSync(folder).filter(name => name.startsWith('journal'))
  const journal = Buffer.concat(names.map(name => readFileSync(join(folder, name))))
  const found = (bytes: Buffer) => secrets.map(secret => bytes.includes(secret))
  return { database: found(dump), journal: found(journal) }
}

function home(): string {
  return join(dir, 'machine')
}

function journalPath(): string {
  return homePaths(home()).journal
}

async function tillproof(...args: string[]): Promise<{ out: string; code: number }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args])
    return { out: stdout, code: 0 }
  } catch (error) {
    const { stdout, code } = error as { stdout?: unknown; code?: unknown }
    return { out: String(stdout ?? ''), code: typeof code === 'number' ? code : 1 }
  }
}
