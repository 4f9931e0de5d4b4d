/** SQL of settlements and bills as people see them. */
import type { ChannelBill, Settlement } from '@tillproof/shared/api/settlements.ts'
import type { Tx } from '../../platform/db/db.ts'

type Shown = Pick<Settlement, 'bookId' | 'channel' | 'day' | 'number' | 'currency' | 'lines'> & {
  grossMinor: bigint
  feeMinor: bigint
  plannedAt: Date
  postedAt: Date | null
  journal: bigint | null
  refused: string | null
}

/** Newest first. Tenant rules apply. */
export async function listSettlements(tx: Tx, limit: number): Promise<Shown[]> {
  return tx.query<Shown>(
    `select operator_id as "bookId", channel, day, number, currency, lines,
            gross_minor as "grossMinor", fee_minor as "feeMinor", planned_at as "plannedAt",
            posted_at as "postedAt", journal_seq as journal, refused
       from settlements order by planned_at desc, channel, day, number limit $1`,
    [limit],
  )
}

type ShownBill = Omit<ChannelBill, 'askedAt' | 'readAt'> & {
  askedAt: Date | null
  readAt: Date | null
}

/** Unreadable ones first, then the newest. Of all operators: for the system alone. */
export async function listBills(tx: Tx, limit: number): Promise<ShownBill[]> {
  return tx.query<ShownBill>(
    `select b.channel, b.day, b.kind, b.state, encode(b.body_hash, 'hex') as sha256, b.detail,
            b.asked_at as "askedAt", b.read_at as "readAt",
            coalesce((select jsonb_agg(jsonb_build_object('line', s.line_no,
                'orderId', s.order_id, 'transactionId', s.transaction_id,
                'amountMinor', s.amount_minor::text, 'currency', s.currency)
                order by s.line_no)
              from bill_strays s
              where s.channel = b.channel and s.day = b.day and b.kind = 'trades'), '[]') as strays
       from channel_bills b
      order by b.state = 'malformed' desc, b.from_at desc, b.channel, b.kind limit $1`,
    [limit],
  )
}
