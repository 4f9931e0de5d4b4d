/**
 * Every cable of the three machines of the running demo is pulled and put back by the command that
 * a person types, while customers come: each loss is signed, shown, survived, and sales go on.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import type { AgentStatus } from '@tillproof/edge-agent/health/status.ts'
import { openForReading } from '@tillproof/edge-agent/journal/database.ts'
import { findRunningAgent } from '@tillproof/edge-agent/local/client.ts'
import { listOf } from '@tillproof/shared/api/fields.ts'
import { deviceEvent } from '@tillproof/shared/api/machines.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { beforeAll, expect, test } from 'vitest'
import { tillproof } from '../demo/child.ts'
import { runAnyhow } from '../demo/run-to-end.ts'
import { ALL_CABLES } from '../machines/cables.ts'
import { startDemoForTest, type TestDemo } from './demo.ts'
import { enter } from './one-sale.ts'

let demo: TestDemo

beforeAll(async () => {
  demo = await startDemoForTest()
}, 420_000)

function homeOf(machine: string): string {
  return demo.folder.agent(machine)
}

async function statusOf(machine: string): Promise<AgentStatus | undefined> {
  const agent = await findRunningAgent(homePaths(homeOf(machine)))
  return await agent?.status()
}

async function stateOf(machine: string, port: string): Promise<string | undefined> {
  return (await statusOf(machine))?.ports.find(({ name }) => name === port)?.state
}

function journal(machine: string): OpenEvent[] {
  const db = openForReading(homePaths(homeOf(machine)).journal)
  const rows = db.prepare('SELECT open FROM entries WHERE open IS NOT NULL ORDER BY idx').all()
  db.close()
  return rows.map(row => decodeOpen(row.open as Uint8Array))
}

function changes(machine: string, port: string): string[] {
  const ofPort = journal(machine).filter(open => open.port === port)
  return ofPort.map(({ kind }) => kind).filter(kind => kind.startsWith('port.'))
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < 90_000; waitedMs += 250) {
    if (await holds()) return
    await sleep(250)
  }
  expect(what).toBe('true within 90 s')
}

async function cable(verb: 'unplug' | 'replug', machine: string, port: string): Promise<void> {
  const args = ['sim', verb, machine, port, '--data', demo.folder.root]
  const { exitCode, stderr } = await runAnyhow(process.execPath, [...tillproof, ...args])
  expect([exitCode, stderr]).toEqual([0, ''])
}

test.each(ALL_CABLES.map(name => name.split('.') as [string, string]))(
  '%s %s: out, seen, in again, sold on',
  async (machine, port) => {
    await until('up at first', async () => (await stateOf(machine, port)) === 'up')
    const before = changes(machine, port).length
    const startedAtMs = (await statusOf(machine))?.startedAtMs
    await cable('unplug', machine, port)
    await until('seen', async () => (await stateOf(machine, port)) !== 'up')
    const doctor = [...tillproof, 'agent', 'status', '--home', homeOf(machine)]
    expect((await runAnyhow(process.execPath, doctor)).stdout).toContain(`✗ port ${port}`)
    await cable('replug', machine, port)
    await until('up again', async () => (await stateOf(machine, port)) === 'up')
    await until('written down', () => changes(machine, port).length >= before + 2)
    expect(changes(machine, port).slice(before, before + 2)).toEqual(['port.down', 'port.up'])
    const sold = journal(machine).length
    const isSale = ({ kind, result }: OpenEvent) => kind === 'sale.result' && result === 'success'
    expect((await statusOf(machine))?.startedAtMs).toBe(startedAtMs)
    await until('sold again', () => journal(machine).slice(sold).some(isSale))
  },
  300_000,
)

test('the cloud shows the losses, signed', async () => {
  const operator = await enter(demo, 'operator')
  const agent = await findRunningAgent(homePaths(homeOf('car')))
  const deviceId = (await agent?.status())?.deviceId ?? ''
  const events = listOf(deviceEvent)
  await until('both are there', async () => {
    const { items } = await operator.get(`/api/v1/devices/${deviceId}/events?limit=200`, events)
    const kinds = items.map(({ kind }) => kind)
    return kinds.includes('port.down') && kinds.includes('port.up')
  })
})

test('a port that is not there, and a folder without a demo, are said', async () => {
  const wrong = ['sim', 'unplug', 'chair', 'mdb', '--data', demo.folder.root]
  const usage = await runAnyhow(process.execPath, [...tillproof, ...wrong])
  expect(usage.exitCode).toBe(2)
  expect(usage.stderr).toContain('chair has no port mdb; it has timer')
  const nowhere = ['sim', 'replug', 'chair', 'timer', '--data', '/tmp/tillproof-no-demo-here']
  const { exitCode, stderr } = await runAnyhow(process.execPath, [...tillproof, ...nowhere])
  expect(exitCode).toBe(1)
  expect(stderr).toContain('no demo runs in')
})
