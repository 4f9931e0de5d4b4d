/**
 * A customer asks to be forgotten: `tillproof data erase` against a real cloud, and a real machine
 * that is away when it is asked. Afterwards plate and salt are nowhere, in no row and in no file of
 * the journal, and what was proven before is proven by the same hashes after.
 */
import { execFile } from 'node:child_process'
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
import { signIn } from '@tillproof/witness/bundle/cloud-session.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../bin/tillproof.mjs', import.meta.url))
const PLATE = 'B-XY-4711-erase-me'
const REASON = 'asked for by the customer'
const EMAIL = 'ann@acme.test'
const PATIENCE = { timeout: 60_000, interval: 200 }

let dir: string
let cloud: CloudProcess
let agent: VirtualAgent
let isRunning = false
/** Of the sealed part, as the machine made it. */
let salt: Buffer
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
  timeout: 180_000,
}, async () => {
  agent = await startMachine()
  const done = await agent.journal.append({
    events: [{ kind: 'session.started', sealed: { plate: PLATE } }, { kind: 'test' }],
  })
  sealedIndex = done.ok ? (done.events[0]?.index ?? -1) : -1
  const [stored] = await agent.journal.readEntries(sealedIndex, 1)
  salt = Buffer.from(keptParts(stored ?? expect.unreachable()).sealedSalt ?? new Uint8Array())
  await agent.sealing.sealNow()
  expect(await agent.uplink.receipted(sealedIndex + 2, 30_000)).toBe(true)
  await agent.stop()
  isRunning = false
  const before = await verified('before')
  expect(await where()).toEqual({ database: [true, true], journal: [true, true] })

  expect(await erase()).toMatchObject({ index: sealedIndex, machine: 'ordered', by: EMAIL })
  expect(await where()).toEqual({ database: [false, false], journal: [true, true] })
  expect(await verified('between')).toEqual(before)

  agent = await startMachine()
  await expect.poll(() => erase().then(({ machine }) => machine), PATIENCE).toBe('erased')
  expect(await where()).toEqual({ database: [false, false], journal: [false, false] })
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

async function enrolMachine(): Promise<void> {
  const { session, url } = await signedIn()
  const body = { label: 'Gate', kind: 'virtual', site: 'Car park' }
  const { code } = JSON.parse(await session.post('/api/v1/enrolments', body))
  const machine = { kind: 'virtual', model: 'Virtual 1', controllerSerial: 'E-1', replace: false }
  await enrol({ ...machine, code, server: url, home: home(), clock: systemClock, say: () => {} })
  await session.signOut()
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

function eraseFlags(index: number): string[] {
  const what = ['--device', agent.identity.deviceId, `--index=${index}`, '--reason', REASON]
  return ['data', 'erase', ...signInFlags(), ...what, '--json']
}

/** The device's heads that a bundle rests on, once `tillproof verify` accepted it. */
async function verified(name: string): Promise<unknown> {
  const file = join(dir, `${name}.bundle.json`)
  const policy = join(dir, 'policy')
  const { session } = await signedIn()
  writeFileSync(policy, await session.text('/api/v1/policy'))
  await session.signOut()
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

async function signedIn() {
  const url = cloud.ready.apiUrl ?? ''
  const password = readFileSync(join(dir, 'password'), 'utf8').trim()
  return { session: await signIn(url, { email: EMAIL, password }), url }
}

/** Whether plate and salt lie in the database, and in the files of the journal. */
async function where() {
  const addresses = readFileSync(join(dir, 'cloud/cloud/embedded.json'), 'utf8')
  const dump = Buffer.from(await dumpOf(JSON.parse(addresses).databaseUrl))
  const folder = join(journalPath(), '..')
  const names = readdirSync(folder).filter(name => name.startsWith('journal'))
  const journal = Buffer.concat(names.map(name => readFileSync(join(folder, name))))
  const found = (bytes: Buffer) => [bytes.includes(PLATE), bytes.includes(salt)]
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
