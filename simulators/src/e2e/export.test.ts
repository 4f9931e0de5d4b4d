/**
 * Bundles of a running cloud as a lender's auditor fetches and checks them, by commands alone: a
 * sale, a machine's newest events, a range of them; and what the commands refuse.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import type { Bundle } from '@tillproof/shared/bundle/bundle.ts'
import { parseSaleId } from '@tillproof/shared/ids.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Api } from '../demo/api.ts'
import { tillproof } from '../demo/child.ts'
import { readJson } from '../demo/folder.ts'
import { type Ended, runAnyhow } from '../demo/run-to-end.ts'
import { startDemoForTest, type TestDemo } from './demo.ts'
import { anchoredSale, enter, readMachine } from './one-sale.ts'

let dir: string
let demo: TestDemo
let lender: Api
let sale: SaleDetail
let device: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-export-'))
  demo = await startDemoForTest()
  lender = await enter(demo, 'lender')
  device = readMachine(demo.folder.agent('vending')).identity.deviceId
  sale = await anchoredSale(await enter(demo, 'operator'), device)
  writeFileSync(join(dir, 'password'), demo.signIns.lender.password)
  writeFileSync(join(dir, 'policy'), await lender.text('/api/v1/policy'))
}, 420_000)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('a sale: anchored for who asks a node or names the block, witnessed else', async () => {
  const { file, bundle } = await exported('--sale', sale.id)
  expect(bundle.sale?.id).toBe(sale.id)
  expect(bundle.sale?.clearing?.agreementLeaf).not.toBeNull()
  expect(await verdictOf(file)).toEqual([10, 'witnessed', null])
  expect(await verdictOf(file, '--rpc', chainRpc())).toEqual([0, 'anchored', 'node'])
  const block = bundle.anchor?.state?.blockHash ?? ''
  expect(await verdictOf(file, '--block', block)).toEqual([0, 'anchored', 'block'])
  const explained = await run('verify', file, '--policy', join(dir, 'policy'), '--explain')
  expect(explained.stdout).toContain('The split was computed again from the sale')
})

test('a machine: its newest events, with nothing about their sale', async () => {
  const { file, bundle } = await exported('--device', device)
  expect(bundle.sale).toBeNull()
  expect(bundle.events.at(-1)?.index).toBeGreaterThanOrEqual(parseSaleId(sale.id)?.index ?? 0)
  expect(await verdictOf(file)).toEqual([10, 'witnessed', null])
})

test('a range: those events and no others, in each form of the report', async () => {
  const { file, bundle } = await exported('--device', device, '--range', '0-3')
  expect(bundle.events.map(({ index }) => index)).toEqual([0, 1, 2, 3])
  expect(await verdictOf(file)).toEqual([10, 'witnessed', null])
  const report = await run('verify', file, '--policy', join(dir, 'policy'), '--json')
  const { events, checks } = JSON.parse(report.stdout)
  expect(events.map(({ open }: { open: { kind: string } }) => open.kind)[0]).toBe('genesis')
  const names = checks.map(({ name, ok }: { name: string; ok: boolean }) => [name, ok])
  expect(names).toContainEqual(['device-head', true])
  expect(names).toContainEqual(['event', true])
})

test('the same range packed: fewer bytes, the same verdict', async () => {
  const packed = await exportTo('range.cbor', '--device', device, '--range', '0-3', '--packed')
  expect(packed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('4 events') })
  expect(await verdictOf(join(dir, 'range.cbor'))).toEqual([10, 'witnessed', null])
})

test('what is not there, or not the lender’s to see, is refused in words', async () => {
  const beyond = await exportTo('x.json', '--device', device, '--range', '9000000-9000001')
  expect(beyond).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no such events') })
  const tooMany = await exportTo('x.json', '--device', device, '--range', '0-100000')
  expect(tooMany).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('100000 events') })
  const unknown = await exportTo('x.json', '--sale', `${device}.1.9000000`)
  expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no such sale') })
})

async function exported(...wish: string[]): Promise<{ file: string; bundle: Bundle }> {
  const name = `${wish.join('').replaceAll('-', '')}.json`
  const ended = await exportTo(name, ...wish, '--json')
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
  const file = join(dir, name)
  const bundle: Bundle = JSON.parse(readFileSync(file, 'utf8'))
  expect(JSON.parse(ended.stdout)).toEqual({ file, events: bundle.events.length })
  return { file, bundle }
}

function exportTo(name: string, ...wish: string[]): Promise<Ended> {
  const { email } = demo.signIns.lender
  const who = ['--url', demo.address, '--email', email, '--password-file', join(dir, 'password')]
  return run('bundle', 'export', ...who, '--out', join(dir, name), ...wish)
}

async function verdictOf(file: string, ...more: string[]) {
  const policy = ['--policy', join(dir, 'policy')]
  const { exitCode, stdout } = await run('verify', file, ...policy, '--json', ...more)
  const { verdict, anchoredBy } = JSON.parse(stdout)
  return [exitCode, verdict, anchoredBy]
}

function run(...args: string[]): Promise<Ended> {
  return runAnyhow(process.execPath, [...tillproof, ...args])
}

function chainRpc(): string {
  const file = join(demo.folder.root, 'cloud', 'run.json')
  return readJson<{ chainRpc: string }>(file)?.chainRpc ?? ''
}
