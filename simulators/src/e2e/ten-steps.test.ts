/**
 * The way of one sale, step by step, through the real parts: a demo runs as `npm start` runs it,
 * one sale of the vending machine is picked, and each step's own trace of it is checked.
 * docs/life-of-a-sale.md tells the same steps.
 */
import { lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findRunningAgent } from '@tillproof/edge-agent/local/client.ts'
import { logStatus } from '@tillproof/shared/api/evidence.ts'
import { order, type SaleDetail } from '@tillproof/shared/api/money.ts'
import { concat, equal, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Verifier, parseVkey } from '@tillproof/shared/note/key.ts'
import { isQuorum, parsePolicy } from '@tillproof/shared/note/policy.ts'
import { openReceipt } from '@tillproof/shared/wire/receipt.ts'
import { readAnchoredRoot } from '@tillproof/witness/anchored-root.ts'
import { beforeAll, expect, test, vi } from 'vitest'
import type { Api } from '../demo/api.ts'
import { tillproof } from '../demo/child.ts'
import { readJson } from '../demo/folder.ts'
import { runAnyhow } from '../demo/run-to-end.ts'
import { allDevices, allSales, saleWithEvidence } from '../demo/sales.ts'
import { startDemoForTest, type TestDemo } from './demo.ts'
import { anchoredSale, enter, eventsOf, type MachineSide, readMachine } from './one-sale.ts'
import { readLog } from './whole-log.ts'

let demo: TestDemo
let operator: Api
let sale: SaleDetail
let machine: MachineSide

beforeAll(async () => {
  demo = await startDemoForTest()
  operator = await enter(demo, 'operator')
  const { identity } = readMachine(demo.folder.agent('vending'))
  sale = await anchoredSale(operator, identity.deviceId)
  machine = readMachine(demo.folder.agent('vending'))
}, 420_000)

test('1 the machine stands on lines of its own: two pseudo-terminals, both up', async () => {
  const { machine: settings } = machine.config
  expect(settings.profile.profile).toBe('vending-mdb-reader')
  // Another test may have a cable in its hand just now.
  await vi.waitFor(() => standsOnItsLines(settings.lines), { timeout: 80_000, interval: 500 })
}, 90_000)

async function standsOnItsLines(lines: MachineSide['config']['machine']['lines']): Promise<void> {
  for (const line of Object.values(lines)) {
    const path = line.kind === 'serial' ? line.path : ''
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
    expect(readlinkSync(path)).toMatch(/^\/dev\/(pts\/\d+|ttys\d+)$/)
  }
  const agent = await findRunningAgent(machine.home)
  const ports = (await agent?.status())?.ports ?? []
  expect(ports.map(({ name, state }) => [name, state])).toEqual([
    ['mdb', 'up'],
    ['scanner', 'up'],
  ])
}

test('2 bytes became facts in the order of a sale, with its amount and its order', () => {
  const events = eventsOf(machine, sale.id)
  expect(events.map(({ kind }) => kind)).toEqual([
    'sale.requested',
    'payment.seen',
    'sale.approved',
    'sale.result',
  ])
  expect(events.at(0)?.amountMinor).toBe(BigInt(sale.amount.amountMinor))
  expect(events.at(1)?.orderId).toBe(sale.orderId)
  expect(events.at(-1)?.result).toBe('success')
})

test('3 the journal holds each fact as the leaf that its salted parts commit to', () => {
  for (const { entry, parts } of machine.stored) expect(equal(entry, commit(parts))).toBe(true)
  expect(machine.stored.map(({ event }) => event.index)).toEqual(machine.stored.map((_, at) => at))
})

test('4 the head is signed by the key in the genesis event; the receipt says the same root', () => {
  const { identity, stored, heads, receipts } = machine
  const evidenceKey = stored.at(0)?.event.genesis?.evidenceKey ?? new Uint8Array()
  const [size, note] = [...heads].at(-1) ?? [0, '']
  const verifier = ed25519Verifier(identity.origin, evidenceKey)
  const opened = openCheckpoint(note, identity.origin, [verifier])
  const read = leafReader(stored.map(({ entry }) => leafHash(entry)))
  expect(opened).toMatchObject({ ok: true, checkpoint: { size, root: rootOfRange(read, 0, size) } })
  const [receiptedSize, receiptNote] = [...receipts].at(-1) ?? [0, '']
  const receiptKey = parseVkey(identity.receiptVkey)
  const receipt = receiptKey && openReceipt(receiptNote, receiptKey)
  expect(receipt).toMatchObject({ origin: identity.origin, size: receiptedSize })
  expect(receipt?.root).toEqual(rootOfRange(read, 0, receiptedSize))
  const last = eventsOf(machine, sale.id).at(-1)?.index ?? Number.NaN
  expect(receiptedSize).toBeGreaterThan(last)
})

test('5 the cloud holds the same facts, shown only to whom they were granted', async () => {
  const inCloud = sale.events.map(({ index, kind }) => ({ index, kind }))
  const onMachine = eventsOf(machine, sale.id).map(({ index, kind }) => ({ index, kind }))
  expect(inCloud).toEqual(onMachine)
  const sees = async (who: keyof TestDemo['signIns']) => {
    const api = await enter(demo, who)
    const devices = (await allDevices(api)).filter(({ id }) => id === sale.deviceId)
    const sales = (await allSales(api)).filter(({ id }) => id === sale.id)
    const books = await api.attempt('GET', '/api/v1/accounts?limit=200')
    const { items = [] } = books.body as { items?: { path: string }[] }
    const families = new Set(items.map(({ path }) => path.split(':')[0]))
    return { devices: devices.length, sales: sales.length, accounts: [...families].sort() }
  }
  const all = expect.arrayContaining(['device', 'facility', 'party', 'psp', 'supplier'])
  expect(await sees('operator')).toEqual({ devices: 1, sales: 1, accounts: all })
  expect(await sees('lender')).toEqual({ devices: 1, sales: 1, accounts: all })
  expect(await sees('site')).toMatchObject({ devices: 1, accounts: ['party'] })
  expect(await sees('platform')).toEqual({ devices: 0, sales: 0, accounts: [] })
})

test('6 the payment company was paid for this very order, and its bill settles it', async () => {
  const paid = await operator.get(`/api/v1/orders/${sale.orderId}`, order)
  expect(paid).toMatchObject({ state: 'paid', deviceId: sale.deviceId, amount: sale.amount })
  expect(sale.channel).toBe('sandbox')
  const graded = async () =>
    expect((await saleWithEvidence(operator, sale.id)).grade).toBe('repaid')
  await vi.waitFor(graded, { timeout: 60_000, interval: 1_000 })
}, 70_000)

/**
 * Fee 0.6 % rounded half up; the supplier's price of the slot, 40 %; the site 20 % while the
 * minimum of its month is not reached; loan 30 %; the operator's rest.
 */
const splits: Record<string, string[]> = {
  350: ['2', '140', '70', '105', '33'],
  400: ['2', '160', '80', '120', '38'],
  450: ['3', '180', '90', '135', '42'],
  600: ['4', '240', '120', '180', '56'],
  800: ['5', '320', '160', '240', '75'],
}

test('7 the ledger split the sale to the cent, once, and balances', async () => {
  const gross = sale.amount.amountMinor
  const legs = sale.posting?.legs ?? []
  const amounts = (side: string) =>
    legs.filter(leg => leg.side === side).map(leg => leg.amount.amountMinor)
  expect(amounts('debit')).toEqual([gross, gross])
  expect(amounts('credit')).toEqual([gross, ...(splits[gross] ?? [])])
  const check = await operator.attempt('GET', '/api/v1/ledger/check')
  expect(check.body).toMatchObject({ balanced: true, faults: [] })
})

test('8 the head lies in the log, the lender has cosigned, the chain holds the root', async () => {
  const policy = parsePolicy(await operator.text('/api/v1/policy'))
  const { origin, anchor } = await operator.get('/api/v1/log/status', logStatus)
  const verifiers = [...policy.logs, ...policy.witnesses].map(({ verifier }) => verifier)
  const opened = openCheckpoint(await operator.text('/log/checkpoint'), origin, verifiers)
  if (!opened.ok || anchor === null) throw new TypeError('no checkpoint or no anchor')
  expect(isQuorum(policy, ['lender'])).toBe(true)
  expect(opened.note.verified).toHaveLength(2)
  const entries = await readLog(demo.address, opened.checkpoint.size)
  const read = leafReader(entries.map(leafHash))
  expect(rootOfRange(read, 0, opened.checkpoint.size)).toEqual(opened.checkpoint.root)
  const last = eventsOf(machine, sale.id).at(-1)?.index ?? 0
  const covering = [...machine.heads].filter(([size]) => size > last).map(([, note]) => note)
  const leaves = covering.map(note => concat(utf8('tillproof/device-head/v1\n'), utf8(note)))
  expect(entries.some(entry => leaves.some(leaf => equal(leaf, entry)))).toBe(true)
  const { chainId, contract, size } = anchor
  const query = { chainId, contract, size, originHash: sha256(utf8(origin)) }
  const onChain = await readAnchoredRoot(chainRpc(), query)
  expect(onChain).toEqual({ root: rootOfRange(read, 0, size) })
})

test('9 the dashboard is served, the API describes itself, sales arrive live', async () => {
  const page = await fetch(demo.address)
  expect(page.headers.get('content-security-policy')).toContain('default-src')
  expect(await page.text()).toContain('<div id="root">')
  const openapi = await operator.attempt('GET', '/api/v1/openapi.json')
  expect(openapi.body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) })
  const lender = await enter(demo, 'lender')
  const live = await lender.open('/api/v1/live', AbortSignal.timeout(60_000))
  let heard = ''
  for await (const chunk of live.body ?? []) {
    heard += Buffer.from(chunk).toString()
    if (/^event: sale$/m.test(heard)) break
  }
  expect(heard).toMatch(/^event: sale$/m)
})

test('10 anybody verifies the download offline; one changed byte makes it invalid', async () => {
  mkdirSync(demo.folder.bundles, { recursive: true })
  const bundle = join(demo.folder.bundles, 'ten-steps.json')
  const policy = join(demo.folder.bundles, 'ten-steps.policy')
  const lender = await enter(demo, 'lender')
  writeFileSync(bundle, await lender.text(`/api/v1/bundles/sales/${sale.id}`))
  writeFileSync(policy, await lender.text('/api/v1/policy'))
  const verify = async (file: string, ...more: string[]) => {
    const args = [...tillproof, 'verify', file, '--policy', policy, '--json', ...more]
    const { exitCode, stdout } = await runAnyhow(process.execPath, args)
    return { exitCode, verdict: JSON.parse(stdout).verdict }
  }
  expect(await verify(bundle, '--rpc', chainRpc())).toEqual({ exitCode: 0, verdict: 'anchored' })
  expect(await verify(bundle)).toEqual({ exitCode: 10, verdict: 'witnessed' })
  const forged = join(demo.folder.bundles, 'ten-steps-forged.json')
  const shown = /"bytes":"(.{20})(.)/.exec(readFileSync(bundle, 'utf8')) ?? []
  const other = shown[2] === 'A' ? 'B' : 'A'
  const [whole = '', before = ''] = shown
  writeFileSync(forged, readFileSync(bundle, 'utf8').replace(whole, `"bytes":"${before}${other}`))
  expect(await verify(forged)).toEqual({ exitCode: 20, verdict: 'invalid' })
})

function chainRpc(): string {
  const run = readJson<{ chainRpc: string }>(join(demo.folder.root, 'cloud', 'run.json'))
  return run?.chainRpc ?? ''
}
