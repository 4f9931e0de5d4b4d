/**
 * A true proof of another sale would verify too. So what the page shows is held against what the
 * bundle proves: the sale itself, its amount, its postings.
 */
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import { parseBundle } from '@tillproof/shared/bundle/bundle.ts'
import { openPosting, type PostedLeg } from '@tillproof/shared/bundle/posting.ts'
import type { Report } from '@tillproof/shared/bundle/report.ts'
import { parseDeviceOrigin, parseSaleId } from '@tillproof/shared/ids.ts'
import { formatMoney } from '@tillproof/shared/money/money.ts'

/** `ok` is null where page or bundle has nothing to hold against the other. */
export type PageCheck = {
  name: 'page-sale' | 'page-amount' | 'page-postings'
  ok: boolean | null
  detail: string
}

export function checkPage(sale: SaleDetail, bundleText: string, report: Report): PageCheck[] {
  const parsed = parseBundle(bundleText)
  if (!parsed.ok) return []
  const clearing = parsed.bundle.sale?.clearing
  const legs = clearing ? openPosting(clearing)?.journal.legs : undefined
  return [
    checkSaleId(sale, parsed.bundle.sale?.id),
    checkAmount(sale, report),
    checkPostings(sale, legs),
  ]
}

function checkSaleId({ id }: SaleDetail, proven: string | undefined): PageCheck {
  const detail = proven === id ? id : `${id} / ${proven ?? '?'}`
  return { name: 'page-sale', ok: proven === id, detail }
}

/** What was paid in the end is stated by the first of these kinds that has an amount. */
const statesAmount = ['sale.result', 'sale.approved', 'sale.requested'] as const

function checkAmount({ id, amount }: SaleDetail, { events }: Report): PageCheck {
  const name = 'page-amount'
  const shown = formatMoney({ ...amount, amountMinor: BigInt(amount.amountMinor) })
  const wanted = parseSaleId(id)
  const own = events.flatMap(({ origin, open }) => {
    const log = parseDeviceOrigin(origin)
    const isOwn = log?.device === wanted?.device && log?.epoch === wanted?.epoch
    return isOwn && open?.sale === wanted?.index ? [open] : []
  })
  const stated = statesAmount.flatMap(kind =>
    own.filter(open => open?.kind === kind && open.amountMinor !== undefined),
  )[0]
  if (stated?.amountMinor === undefined || !stated.currency)
    return { name, ok: null, detail: shown }
  const { amountMinor, currency } = stated
  const proven = formatMoney({ amountMinor, currency })
  return { name, ok: proven === shown, detail: proven === shown ? shown : `${shown} / ${proven}` }
}

function checkPostings({ posting }: SaleDetail, proven: readonly PostedLeg[] | undefined) {
  const name = 'page-postings'
  if (!posting || !proven) return { name, ok: null, detail: '' } as const
  const shown = posting.legs.map(
    ({ account, side, amount }) => `${account} ${side} ${amount.amountMinor} ${amount.currency}`,
  )
  const booked = proven.map(
    ({ account, side, amountMinor, currency }) => `${account} ${side} ${amountMinor} ${currency}`,
  )
  const ok = sorted(shown).join('\n') === sorted(booked).join('\n')
  return { name, ok, detail: ok ? `${shown.length} legs` : booked.join('; ') } as const
}

function sorted(lines: readonly string[]): string[] {
  return lines.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
