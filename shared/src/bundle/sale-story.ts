/**
 * The one story that a machine's own events tell of a sale: when it was opened, for how much, on
 * which order, and that it came to a good end. What a split is held against.
 */
import type { OpenEvent, Tender } from '../event/event.ts'
import type { SaleParts } from '../ids.ts'
import { parseDeviceOrigin, parseSaleId } from '../ids.ts'
import type { Money } from '../money/money.ts'
import { formatMoney } from '../money/money.ts'
import type { ReportedEvent } from './report.ts'

export type SaleStory = {
  saleId: string
  sale: SaleParts
  /** The machine's own time of the event that opened the sale, Unix ms. */
  atMs: number
  gross: Money
  /** Slot, programme or tariff; null where the machine stated none. */
  item: string | null
  /** The order it was paid by, as far as the machine was told one. */
  orderId?: string
  /** Present where the machine says that it was not paid by an order. */
  tender?: Tender
}

/** The event that states what was paid in the end: the first of these kinds that has an amount. */
const STATES_AMOUNT = ['sale.result', 'sale.approved', 'sale.requested'] as const

/** @param events proven ones; those of other sales are left aside. A sentence where it fails. */
export function saleStory(saleId: string, events: readonly ReportedEvent[]): SaleStory | string {
  const sale = parseSaleId(saleId)
  if (!sale) return `"${saleId}" is not a sale id.`
  const own = events.filter(event => isOf(event, sale)).flatMap(event => event.open ?? [])
  const opening = own.find(event => event.index === sale.index)
  const [result, ...others] = own.filter(event => event.kind === 'sale.result')
  if (opening?.kind !== 'sale.requested') return 'The event that opened the sale is not disclosed.'
  if (!result?.result || others.length > 0) return 'There is not one event that ends the sale.'
  if (own.some(event => event.kind === 'sale.refused')) return 'The machine refused the sale.'
  if (result.result === 'failed') return 'The machine says that the sale failed.'
  const gross = grossOf(own)
  if (!gross) return 'The events state no one amount.'
  const told = own.filter(event => event.index <= result.index)
  const orderId = told.findLast(event => event.orderId !== undefined)?.orderId
  const item = told.findLast(event => event.item !== undefined)?.item ?? null
  const tender = told.findLast(event => event.tender !== undefined)?.tender
  const story = { saleId, sale, atMs: opening.atMs, gross, item }
  return { ...story, ...(orderId && { orderId }), ...(tender && { tender }) }
}

function isOf({ origin, open }: ReportedEvent, sale: SaleParts): boolean {
  const log = parseDeviceOrigin(origin)
  return log?.device === sale.device && log.epoch === sale.epoch && open?.sale === sale.index
}

function grossOf(events: readonly OpenEvent[]): Money | undefined {
  for (const kind of STATES_AMOUNT) {
    const stated = events.filter(event => event.kind === kind).flatMap(moneyOf)
    const [first, ...others] = stated
    if (!first) continue
    const isOne = others.every(other => formatMoney(other) === formatMoney(first))
    return isOne ? first : undefined
  }
  return undefined
}

function moneyOf({ amountMinor, currency }: OpenEvent): Money[] {
  return amountMinor === undefined || !currency ? [] : [{ amountMinor, currency }]
}
