/**
 * Sales that a monitor has recomputed, as far as a refund of them needs it: what was sold, under
 * which terms, what their split read of the book, and what is left of it.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { ClearableSale } from '@tillproof/shared/agreement/clear-sale.ts'

export type SoldSale = {
  /** With its whole gross. */
  sale: ClearableSale
  /** Where the machine told it. */
  orderId: string | null
  /** Name of the version that split it; null where it waits. */
  agreement: string | null
  /** Where it waits. */
  suspense: string | null
  /** Of the book before the split, see shared/agreement/excerpt.ts. */
  excerpt: string | null
  leftMinor: bigint
}

export const SOLD_SCHEMA = `
CREATE TABLE IF NOT EXISTS sold_sales (
  book TEXT NOT NULL, sale_id TEXT NOT NULL, sale TEXT NOT NULL, gross TEXT NOT NULL,
  order_id TEXT, agreement TEXT, suspense TEXT, excerpt TEXT, left_minor TEXT NOT NULL,
  PRIMARY KEY (book, sale_id)
) STRICT, WITHOUT ROWID;
`

export function keepSold(database: DatabaseSync, book: string, sold: SoldSale): void {
  const { gross, ...rest } = sold.sale
  const sale = JSON.stringify({ ...rest, currency: gross.currency })
  const values = [sale, String(gross.amountMinor), sold.orderId, sold.agreement, sold.suspense]
  database
    .prepare('INSERT OR REPLACE INTO sold_sales VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(book, rest.saleId, ...values, sold.excerpt, String(sold.leftMinor))
}

export function findSold(
  database: DatabaseSync,
  book: string,
  saleId: string,
): SoldSale | undefined {
  const row = database
    .prepare('SELECT * FROM sold_sales WHERE book = ? AND sale_id = ?')
    .get(book, saleId)
  if (row === undefined) return undefined
  const { currency, ...rest } = JSON.parse(String(row.sale)) as Omit<ClearableSale, 'gross'> & {
    currency: string
  }
  const textOf = (name: string) => (row[name] === null ? null : String(row[name]))
  return {
    sale: { ...rest, gross: { amountMinor: BigInt(String(row.gross)), currency } },
    orderId: textOf('order_id'),
    agreement: textOf('agreement'),
    suspense: textOf('suspense'),
    excerpt: textOf('excerpt'),
    leftMinor: BigInt(String(row.left_minor)),
  }
}
