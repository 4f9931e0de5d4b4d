/** What the walk along the ten steps follows: one finished sale of the vending machine. */
import { setTimeout as sleep } from 'node:timers/promises'
import { homePaths, loadConfig } from '@tillproof/edge-agent/config.ts'
import { type Identity, loadIdentity } from '@tillproof/edge-agent/enrol/identity.ts'
import { openForReading } from '@tillproof/edge-agent/journal/database.ts'
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import { parseBundle } from '@tillproof/shared/bundle/bundle.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import type { EventParts, OpenEvent } from '@tillproof/shared/event/event.ts'
import { parseSaleId } from '@tillproof/shared/ids.ts'
import { type Api, signIn } from '../demo/api.ts'
import { allSales, saleWithEvidence } from '../demo/sales.ts'
import type { TestDemo } from './demo.ts'

export type StoredEvent = { event: OpenEvent; parts: EventParts; entry: Uint8Array }
export type MachineSide = {
  home: ReturnType<typeof homePaths>
  config: ReturnType<typeof loadConfig>
  identity: Identity
  /** All events of the journal, in order, as the file holds them. */
  stored: StoredEvent[]
  /** Signed heads and receipts by the size they speak of. */
  heads: Map<number, string>
  receipts: Map<number, string>
}

const longestWaitMs = 120_000

export async function enter(demo: TestDemo, who: keyof TestDemo['signIns']): Promise<Api> {
  const { email, password } = demo.signIns[who]
  return await signIn(demo.address, email, password)
}

/** Waits for a sale of the machine that has gone, with its posting, all the way to the anchor. */
export async function anchoredSale(api: Api, deviceId: string): Promise<SaleDetail> {
  for (let waited = 0; waited < longestWaitMs; waited += 1000) {
    const sales = (await allSales(api)).filter(each => each.deviceId === deviceId)
    for (const { id } of sales.filter(each => each.state === 'cleared').slice(0, 5)) {
      const sale = await saleWithEvidence(api, id)
      if (sale.evidence.anchored && (await isBundleAnchored(api, id))) return sale
    }
    await sleep(1000)
  }
  throw new TillproofError('e2e.no-sale', 'no sale was anchored in time', 'read the demo’s logs')
}

/** The split's batch is logged later than the machine's head, under a later anchor perhaps. */
async function isBundleAnchored(api: Api, saleId: string): Promise<boolean> {
  const bundle = parseBundle(await api.text(`/api/v1/bundles/sales/${saleId}`))
  return bundle.ok && bundle.bundle.anchor !== null && bundle.bundle.sale?.clearing != null
}

export function readMachine(folder: string): MachineSide {
  const home = homePaths(folder)
  const database = openForReading(home.journal)
  const rows = database.prepare('SELECT * FROM entries ORDER BY idx').all()
  const notes = (table: string) => {
    const all = database.prepare(`SELECT size, note FROM ${table}`).all()
    return new Map(all.map(({ size, note }) => [Number(size), String(note)]))
  }
  const side = {
    home,
    config: loadConfig(folder),
    identity: loadIdentity(home.identity),
    stored: rows.map(storedEvent),
    heads: notes('heads'),
    receipts: notes('receipts'),
  }
  database.close()
  return side
}

type Row = Record<string, unknown>

function storedEvent(row: Row): StoredEvent {
  const bytes = (name: string) => row[name] as Uint8Array
  const parts = {
    open: bytes('open'),
    openSalt: bytes('open_salt'),
    sealed: row.sealed === null ? null : bytes('sealed'),
    sealedSalt: row.sealed_salt === null ? null : bytes('sealed_salt'),
  }
  return { event: decodeOpen(parts.open), parts, entry: bytes('entry') }
}

/** The events of the sale in the machine's journal, oldest first. */
export function eventsOf({ stored }: MachineSide, saleId: string): OpenEvent[] {
  const opened = parseSaleId(saleId)?.index
  return stored.map(({ event }) => event).filter(({ sale }) => sale === opened)
}
