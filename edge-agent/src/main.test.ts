/** The agent as a whole: local API, restart after kill -9, doctor, what keeps it from starting. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { topicOf } from '@tillproof/shared/wire/topics.ts'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { systemClock } from './clock.ts'
import { homePaths } from './config.ts'
import { type Identity, loadIdentity } from './enrol/identity.ts'
import { type TestAuthority, testAuthority, writeTestIdentity } from './enrol/testing.ts'
import { examine } from './health/doctor.ts'
import { checkJournal } from './journal/check.ts'
import { openForReading } from './journal/database.ts'
import { readAddress, readToken } from './local/access.ts'
import type { EventJson } from './local/event-json.ts'
import { type RunningAgent, runAgent } from './main.ts'
import { startTestBroker, type TestBroker, type TestCloud, testCloud } from './uplink/testing.ts'

const DEVICE = 'd0123456789ab'
const CLI = new URL('./cli.ts', import.meta.url).href
const CONFIG = 'machine: {profile: virtual}\nseal: {intervalMs: 100}\nlog: {level: silent}\n'

let home: string
let authority: TestAuthority
let broker: TestBroker
let cloud: TestCloud
let identity: Identity
const agents: RunningAgent[] = []
const children: ChildProcess[] = []

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'tillproof-agent-'))
  authority = await testAuthority()
  broker = await startTestBroker(authority)
  cloud = testCloud()
  cloud.attach(broker)
  const { receiptVkey, voucherVkey } = cloud.keys
  const paths = homePaths(home)
  const values = { deviceId: DEVICE, mqttPort: broker.port, receiptVkey, voucherVkey }
  await writeTestIdentity(paths.identity, authority, values)
  writeFileSync(paths.config, CONFIG)
  identity = loadIdentity(paths.identity)
  cloud.know(DEVICE, identity.evidence.publicKey)
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const agent of agents.splice(0)) await agent.stop()
  await broker.stop()
  rmSync(home, { recursive: true, force: true })
})

async function start(): Promise<RunningAgent> {
  const agent = await runAgent({ home, log: pino({ level: 'silent' }) })
  agents.push(agent)
  return agent
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 600 && !isTrue(); turn += 1) {
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  expect(isTrue()).toBe(true)
}

function call(agent: { url: string }, path: string, init: RequestInit = {}) {
  const authorization = `Bearer ${readToken(homePaths(home).localToken)}`
  const headers = { authorization, 'content-type': 'application/json', ...init.headers }
  return fetch(new URL(path, agent.url), { ...init, headers })
}

function kinds(): string[] {
  const db = openForReading(homePaths(home).journal)
  const rows = db.prepare('SELECT open FROM entries ORDER BY idx').all()
  db.close()
  return rows.map(row => decodeOpen(row.open as Uint8Array).kind)
}

test('an order of the cloud to read the audit is answered in the log, once', async () => {
  const agent = await start()
  await until(() => cloud.size(DEVICE) >= 2)
  const order = '018f2f6e-0000-7000-8000-000000000001'
  const message = JSON.stringify({ v: 1, type: 'audit', order })
  for (let turn = 0; turn < 2; turn += 1) {
    broker.send(topicOf(DEVICE, 'command'), message)
    await until(() => kinds().includes('audit.failed'))
  }
  await until(() => cloud.size(DEVICE) >= 3)
  await agent.stop()
  const told = ['genesis', 'agent.started', 'audit.failed', 'agent.stopped']
  expect(kinds()).toEqual(told)
})

describe('the local API', () => {
  test('commits custom events and answers with their index', async () => {
    const agent = await start()
    const body = JSON.stringify({ name: 'restocked', detail: { slot: 'A3', pieces: 12 } })
    const answer = await call(agent, '/v1/events', { method: 'POST', body })
    expect([answer.status, await answer.json()]).toEqual([201, { index: 2 }])
    const bad = JSON.stringify({ name: 'x', detail: { name: 'y' } })
    const refusal = await call(agent, '/v1/events', { method: 'POST', body: bad })
    expect([refusal.status, await refusal.json()]).toMatchObject([
      400,
      { code: 'local.bad-request' },
    ])
    await until(() => cloud.size(DEVICE) >= 3)
  })

  test('says when an event was one too many in its hour', async () => {
    writeFileSync(homePaths(home).config, `${CONFIG}journal: {telemetryPerHour: 1}\n`)
    const agent = await start()
    const body = JSON.stringify({ name: 'restocked' })
    const post = () => call(agent, '/v1/events', { method: 'POST', body })
    expect((await post()).status).toBe(201)
    const refusal = await post()
    expect([refusal.status, await refusal.json()]).toMatchObject([429, { code: 'journal.shed' }])
    await agent.stop()
    expect(kinds()).toEqual(['genesis', 'agent.started', 'custom', 'gap', 'agent.stopped'])
  })

  test('streams stored and live events in order, without gaps', async () => {
    const agent = await start()
    const headers = { authorization: `Bearer ${readToken(homePaths(home).localToken)}` }
    const socket = new WebSocket(`${agent.url}/v1/events?from=0`, { headers })
    const seen: EventJson[] = []
    socket.on('message', data => seen.push(JSON.parse(String(data))))
    await new Promise(resolve => socket.once('open', resolve))
    const post = (name: string) =>
      call(agent, '/v1/events', { method: 'POST', body: JSON.stringify({ name }) })
    await Promise.all(['a', 'b', 'c'].map(post))
    await until(() => seen.length === 5)
    socket.close()
    expect(seen.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4])
    expect(seen[0]).toMatchObject({ deviceId: DEVICE, epoch: 1, kind: 'genesis', saleId: null })
    expect(seen[4]?.open).toMatchObject({ kind: 'custom', detail: { name: expect.any(String) } })
  })

  test('opens for the token and the local name only', async () => {
    const agent = await start()
    expect((await fetch(`${agent.url}/v1/status`)).status).toBe(401)
    const wrong = await call(agent, '/v1/status', { headers: { authorization: 'Bearer x' } })
    expect(wrong.status).toBe(401)
    const socket = new WebSocket(`${agent.url.replace('http', 'ws')}/v1/events`)
    const refused = await new Promise(resolve => socket.once('error', e => resolve(e.message)))
    expect(refused).toContain('401')
    const token = readToken(homePaths(home).localToken)
    const page = await fetch(`${agent.url}/?token=${token}`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(DEVICE)])
  })
})

test('stops with a sealed last event, and starts again after kill -9', async () => {
  const script = `import(${JSON.stringify(CLI)}).then(m =>
    m.agentCommand().parseAsync(['run', '--home', ${JSON.stringify(home)}], { from: 'user' }))`
  const launch = () => {
    const child = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    children.push(child)
    return { child, ended: new Promise(resolve => child.once('exit', resolve)) }
  }
  const isUp = () => existsSync(homePaths(home).localAddress)
  const first = launch()
  await until(isUp)
  first.child.kill('SIGKILL')
  await first.ended
  rmSync(homePaths(home).localAddress)
  const second = launch()
  await until(isUp)
  await expect(runAgent({ home })).rejects.toMatchObject({ code: 'journal.locked' })
  second.child.kill('SIGTERM')
  expect(await second.ended).toBe(0)
  expect(kinds()).toEqual(['genesis', 'agent.started', 'agent.started', 'agent.stopped'])
  expect(checkJournal(homePaths(home).journal)).toMatchObject({ sealedSize: 4, faults: [] })
  expect(readAddress(homePaths(home).localAddress)).toBeUndefined()
})

describe('the doctor', () => {
  const failed = (report: Awaited<ReturnType<typeof examine>>) =>
    report.ticks.filter(({ state }) => state === 'failed').map(({ name }) => name)

  test('follows a test event to its receipt, with the agent running and without', async () => {
    const agent = await start()
    const running = await examine(home, systemClock)
    expect(failed(running)).toEqual([])
    expect(running.ticks.find(({ name }) => name === 'test event')).toMatchObject({ state: 'ok' })
    expect(running.ticks.find(({ name }) => name === 'broker')).toMatchObject({ state: 'ok' })
    await agent.stop()
    const alone = await examine(home, systemClock)
    expect(failed(alone)).toEqual([])
    expect(alone.ticks.find(({ name }) => name === 'test event')).toMatchObject({ state: 'ok' })
    expect(cloud.size(DEVICE)).toBe(kinds().length)
  })

  test('names loose keys and a broker of somebody else', async () => {
    await (await start()).stop()
    const paths = homePaths(home)
    chmodSync(join(paths.identity, 'evidence.key'), 0o644)
    const { port } = broker
    await broker.stop()
    broker = await startTestBroker(await testAuthority(), port)
    const agent = await start()
    const report = await examine(home, systemClock, 500)
    await agent.stop()
    expect(failed(report)).toEqual(['keys', 'broker', 'test event'])
  })

  test('an empty home is told what to do', async () => {
    const report = await examine(join(home, 'nothing'), systemClock)
    expect(report).toMatchObject({ ok: false, deviceId: null })
    expect(report.ticks.map(({ name, state }) => [name, state])).toEqual([
      ['settings', 'failed'],
      ['identity', 'failed'],
    ])
  })
})

describe('what keeps an agent from starting', () => {
  const cases: [string, () => void, string][] = [
    ['no settings', () => rmSync(homePaths(home).config), 'config.missing'],
    ['a wrong setting', () => writeFileSync(homePaths(home).config, 'machin: 1'), 'config.invalid'],
    ['no YAML', () => writeFileSync(homePaths(home).config, 'a: [1'), 'config.invalid'],
    [
      'no identity',
      () => rmSync(homePaths(home).identity, { recursive: true }),
      'identity.missing',
    ],
    [
      'the key of another gateway',
      () => writeFileSync(join(homePaths(home).identity, 'tls.key'), readFileSync(otherKey())),
      'identity.foreign-certificate',
    ],
    [
      'half an enrolment file',
      () => writeFileSync(join(homePaths(home).identity, 'enrolment.json'), '{"v":1'),
      'identity.invalid',
    ],
  ]
  const otherKey = () => join(home, 'other', 'tls.key')

  test.each(cases)('%s', async (_name, break_, code) => {
    const values = { deviceId: DEVICE, mqttPort: 1, receiptVkey: 'x', voucherVkey: 'x' }
    await writeTestIdentity(join(home, 'other'), authority, values)
    break_()
    await expect(runAgent({ home })).rejects.toMatchObject({ code, next: expect.any(String) })
  })
})
