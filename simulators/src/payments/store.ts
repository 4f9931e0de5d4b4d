/**
 * The sandbox company's own books: orders, what became of their money, and the notifications it
 * owes, in one SQLite file, so that a restart forgets neither a payment nor a promise to notify.
 */
import { DatabaseSync } from 'node:sqlite'
import type { OrderRequest, RefundRequest } from '@tillproof/cloud/money/payments/sandbox-wire.ts'

export type StoredOrder = OrderRequest & {
  payToken: string
  transactionId: string | null
  paidAtMs: number | null
}
export type Owed = {
  notificationId: string
  notifyUrl: string
  body: string
  attempts: number
}
export type NewOwed = { notificationId: string; body: string; firstAttemptAtMs: number }

export type StoredRefund = RefundRequest & {
  refundId: string
  state: 'succeeded' | 'closed' | 'abnormal'
  atMs: number
}
/** Of a whole payment; decided once. */
export type StoredDispute = {
  disputeId: string
  merchantOrderId: string
  state: 'opened' | 'won' | 'lost'
  atMs: number
}

export type SandboxStore = ReturnType<typeof openSandboxStore>

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS orders (
    merchant_order_id TEXT PRIMARY KEY,
    pay_token TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    transaction_id TEXT UNIQUE,
    paid_at_ms INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS notifications (
    notification_id TEXT PRIMARY KEY,
    merchant_order_id TEXT NOT NULL REFERENCES orders,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at_ms INTEGER,
    delivered_at_ms INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS refunds (
    merchant_refund_id TEXT PRIMARY KEY,
    merchant_order_id TEXT NOT NULL REFERENCES orders,
    request TEXT NOT NULL,
    refund_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS disputes (
    merchant_order_id TEXT PRIMARY KEY REFERENCES orders,
    dispute_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS paid ON orders (paid_at_ms) WHERE paid_at_ms IS NOT NULL;
  CREATE INDEX IF NOT EXISTS owed ON notifications (next_attempt_at_ms)
    WHERE next_attempt_at_ms IS NOT NULL;
`

type OrderRow = {
  pay_token: string
  request: string
  transaction_id: string | null
  paid_at_ms: number | null
}

/** Opens or makes the file; every change is on disk when its method returns. */
export function openSandboxStore(path: string) {
  const database = new DatabaseSync(path)
  database.exec(SCHEMA)
  const orderBy = (column: 'merchant_order_id' | 'pay_token', value: string) => {
    const row = database.prepare(`SELECT * FROM orders WHERE ${column} = ?`).get(value)
    return row === undefined ? undefined : toOrder(row as unknown as OrderRow)
  }
  return {
    orderById: (id: string) => orderBy('merchant_order_id', id),
    orderByPayToken: (token: string) => orderBy('pay_token', token),
    addOrder(request: OrderRequest, payToken: string) {
      database
        .prepare('INSERT INTO orders (merchant_order_id, pay_token, request) VALUES (?, ?, ?)')
        .run(request.merchantOrderId, payToken, JSON.stringify(request))
    },
    /** Payment and the notification it causes are one transaction. */
    pay(merchantOrderId: string, transactionId: string, paidAtMs: number, owed: NewOwed[]) {
      const sql = 'UPDATE orders SET transaction_id = ?, paid_at_ms = ? WHERE merchant_order_id = ?'
      together(database, merchantOrderId, owed, () =>
        database.prepare(sql).run(transactionId, paidAtMs, merchantOrderId),
      )
    },
    refundsOf(merchantOrderId: string): StoredRefund[] {
      const sql = 'SELECT * FROM refunds WHERE merchant_order_id = ? ORDER BY at_ms'
      return database.prepare(sql).all(merchantOrderId).map(toRefund)
    },
    refundById(merchantRefundId: string): StoredRefund | undefined {
      const sql = 'SELECT * FROM refunds WHERE merchant_refund_id = ?'
      const row = database.prepare(sql).get(merchantRefundId)
      return row && toRefund(row)
    },
    addRefund({ refundId, state, atMs, ...request }: StoredRefund, owed: NewOwed[]) {
      const { merchantRefundId, merchantOrderId } = request
      const values = [merchantRefundId, merchantOrderId, JSON.stringify(request), refundId]
      together(database, merchantOrderId, owed, () =>
        database
          .prepare('INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?)')
          .run(...values, state, atMs),
      )
    },
    disputeOf(merchantOrderId: string): StoredDispute | undefined {
      const sql = 'SELECT * FROM disputes WHERE merchant_order_id = ?'
      const row = database.prepare(sql).get(merchantOrderId)
      return row && toDispute(row)
    },
    setDispute({ merchantOrderId, disputeId, state, atMs }: StoredDispute, owed: NewOwed[]) {
      together(database, merchantOrderId, owed, () =>
        database
          .prepare('INSERT OR REPLACE INTO disputes VALUES (?, ?, ?, ?)')
          .run(merchantOrderId, disputeId, state, atMs),
      )
    },
    ...billedIn(database),
    owedAt(nowMs: number, limit: number): Owed[] {
      const rows = database
        .prepare(
          `SELECT notification_id, request, body, attempts
             FROM notifications JOIN orders USING (merchant_order_id)
            WHERE next_attempt_at_ms <= ? ORDER BY next_attempt_at_ms LIMIT ?`,
        )
        .all(nowMs, limit)
      return rows.map(row => toOwed(row))
    },
    /** `nextAttemptAtMs` null ends the tries: delivered, or given up. */
    tried(notificationId: string, deliveredAtMs: number | null, nextAttemptAtMs: number | null) {
      database
        .prepare(
          `UPDATE notifications
              SET attempts = attempts + 1, delivered_at_ms = ?, next_attempt_at_ms = ?
            WHERE notification_id = ?`,
        )
        .run(deliveredAtMs, nextAttemptAtMs, notificationId)
    },
    close: () => database.close(),
  }
}

/** What a bill of some time has. */
const billedIn = (database: DatabaseSync) => ({
  /** Orders paid from the first instant to before the last, in that order. */
  paidBetween(fromMs: number, untilMs: number): StoredOrder[] {
    const rows = database
      .prepare(
        `SELECT * FROM orders WHERE paid_at_ms >= ? AND paid_at_ms < ?
          ORDER BY paid_at_ms, merchant_order_id`,
      )
      .all(fromMs, untilMs)
    return rows.map(row => toOrder(row as unknown as OrderRow))
  },
  /** Refunds that were done in this time, in their order. */
  refundedBetween(fromMs: number, untilMs: number): StoredRefund[] {
    const rows = database
      .prepare(
        `SELECT * FROM refunds WHERE state = 'succeeded' AND at_ms >= ? AND at_ms < ?
          ORDER BY at_ms, refund_id`,
      )
      .all(fromMs, untilMs)
    return rows.map(toRefund)
  },
  /** Disputes that the merchant lost in this time. */
  lostBetween(fromMs: number, untilMs: number): StoredDispute[] {
    const sql = `SELECT * FROM disputes WHERE state = 'lost' AND at_ms >= ? AND at_ms < ?`
    return database.prepare(sql).all(fromMs, untilMs).map(toDispute)
  },
})

/** What happened and the notifications it causes. */
function together(
  database: DatabaseSync,
  merchantOrderId: string,
  owed: readonly NewOwed[],
  work: () => void,
): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    work()
    const insert = database.prepare(
      `INSERT INTO notifications (notification_id, merchant_order_id, body, next_attempt_at_ms)
       VALUES (?, ?, ?, ?)`,
    )
    for (const each of owed) {
      insert.run(each.notificationId, merchantOrderId, each.body, each.firstAttemptAtMs)
    }
    database.exec('COMMIT')
  } catch (cause) {
    database.exec('ROLLBACK')
    throw cause
  }
}

const toRefund = (row: Record<string, unknown>): StoredRefund => ({
  ...(JSON.parse(String(row.request)) as RefundRequest),
  refundId: String(row.refund_id),
  state: String(row.state) as StoredRefund['state'],
  atMs: Number(row.at_ms),
})

const toDispute = (row: Record<string, unknown>): StoredDispute => ({
  disputeId: String(row.dispute_id),
  merchantOrderId: String(row.merchant_order_id),
  state: String(row.state) as StoredDispute['state'],
  atMs: Number(row.at_ms),
})

const toOrder = (row: OrderRow): StoredOrder => ({
  ...(JSON.parse(row.request) as OrderRequest),
  payToken: row.pay_token,
  transactionId: row.transaction_id,
  paidAtMs: row.paid_at_ms,
})

const toOwed = (row: Record<string, unknown>): Owed => ({
  notificationId: String(row.notification_id),
  notifyUrl: (JSON.parse(String(row.request)) as OrderRequest).notifyUrl,
  body: String(row.body),
  attempts: Number(row.attempts),
})
