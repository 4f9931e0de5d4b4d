/**
 * The sandbox company's own books: orders and the notifications it owes, in one SQLite file, so
 * that a restart forgets neither a payment nor a promise to notify.
 */
import { DatabaseSync } from 'node:sqlite'
import type { OrderRequest } from '@tillproof/cloud/money/payments/sandbox-wire.ts'

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
      database.exec('BEGIN IMMEDIATE')
      try {
        database
          .prepare(
            'UPDATE orders SET transaction_id = ?, paid_at_ms = ? WHERE merchant_order_id = ?',
          )
          .run(transactionId, paidAtMs, merchantOrderId)
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
    },
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
