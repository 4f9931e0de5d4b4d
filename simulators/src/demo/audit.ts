/**
 * The reckoning: what the machines' journals hold against what the cloud holds, sale by sale and
 * cent by cent. Pure comparison of two readings; who reads is `audit`.
 */
import { listOf } from '@tillproof/shared/api/fields.ts'
import type { Device } from '@tillproof/shared/api/machines.ts'
import { type Account, account, ledgerCheck, type Sale } from '@tillproof/shared/api/money.ts'
import type { Api } from './api.ts'
import { type JournalFacts, readJournal } from './journal.ts'
import { allDevices, allSales } from './sales.ts'

export type Readings = {
  journals: JournalFacts[]
  devices: Device[]
  sales: Sale[]
  accounts: Account[]
  ledgerBalanced: boolean
}
export type Reckoning = {
  machines: number
  /** Events committed in the journals. */
  events: number
  /** Sales that ended well, matched with their payment, cleared by the ledger. */
  sales: number
  matched: number
  cleared: number
  /** Events confirmed to a machine that the cloud does not hold. */
  lost: number
  ledgerBalanced: boolean
  /** Each a sentence on something that is there twice, or on one side only. */
  faults: string[]
}

/** Reads both sides now. `journalPaths` are the journals whose devices are compared. */
export async function audit(operator: Api, journalPaths: string[]): Promise<Reckoning> {
  const journals = journalPaths.map(readJournal)
  const ids = new Set(journals.map(({ deviceId }) => deviceId))
  const [devices, sales, accounts, check] = await Promise.all([
    allDevices(operator),
    allSales(operator),
    operator.get('/api/v1/accounts?limit=200', listOf(account)),
    operator.get('/api/v1/ledger/check', ledgerCheck),
  ])
  return reckon({
    journals,
    devices: devices.filter(({ id }) => ids.has(id)),
    sales: sales.filter(({ deviceId }) => ids.has(deviceId)),
    accounts: accounts.items,
    ledgerBalanced: check.balanced,
  })
}

export function reckon(readings: Readings): Reckoning {
  const { journals, devices, sales, ledgerBalanced } = readings
  const heldOf = new Map(devices.map(({ id, logSize }) => [id, logSize]))
  const lacking = journals.map(({ deviceId, size }) => size - (heldOf.get(deviceId) ?? 0))
  const ended = sales.filter(({ state }) => state !== 'open' && state !== 'failed')
  return {
    machines: journals.length,
    events: sum(journals.map(({ size }) => size)),
    sales: ended.length,
    matched: ended.filter(({ state }) => state !== 'succeeded').length,
    cleared: ended.filter(({ state }) => state === 'cleared').length,
    lost: sum(lacking.map(count => Math.max(0, count))),
    ledgerBalanced,
    faults: [
      ...devices
        .filter(({ status }) => status !== 'active')
        .map(({ id }) => `${id} is quarantined`),
      ...lacking
        .filter(count => count < 0)
        .map(count => `the cloud holds ${-count} events too many`),
      ...saleFaults(journals, sales),
      ...takingsFaults(readings),
    ],
  }
}

function saleFaults(journals: JournalFacts[], sales: Sale[]): string[] {
  const opened = journals.flatMap(journal => journal.sales)
  const inJournals = new Set(opened.map(({ id }) => id))
  const inCloud = new Set(sales.map(({ id }) => id))
  const orders = opened.flatMap(({ orderId }) => orderId ?? [])
  return [
    ...repeated(sales.map(({ id }) => id)).map(id => `sale ${id} is in the cloud twice`),
    ...repeated(orders).map(id => `order ${id} was spent twice`),
    ...[...inCloud].filter(id => !inJournals.has(id)).map(id => `no machine sold ${id}`),
    ...[...inJournals].filter(id => !inCloud.has(id)).map(id => `sale ${id} is not in the cloud`),
  ]
}

/** A device passes all its takings on: what went through its account is what its sales came to. */
function takingsFaults({ devices, sales, accounts }: Readings): string[] {
  return devices.flatMap(({ id }) => {
    const cleared = sales.filter(sale => sale.deviceId === id && sale.state === 'cleared')
    const sold = sum(cleared.map(({ amount }) => Number(amount.amountMinor)))
    const taken = accounts.find(({ path }) => path === `device:${id}:takings`)
    const booked = Number(taken?.creditsPosted ?? 0)
    return booked === sold ? [] : [`${id} sold for ${sold}, the ledger booked ${booked}`]
  })
}

function repeated(values: string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
