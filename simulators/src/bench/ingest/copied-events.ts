/**
 * The least a database can be asked for the same events: one row for each, by COPY into a plain
 * table with what a table of events needs and a key to find them by, as many to a transaction as
 * ingest commits together. Nothing is verified, drawn out or answered.
 */

import { copyRow } from '@tillproof/cloud/platform/db/copy-row.ts'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { asOwner } from '../database.ts'
import type { SentBatch } from './fleet.ts'

export type CopiedEvents = {
  /** One transaction for each, `atOnce` of them at a time. Answers how many events that were. */
  copy(
    transactions: readonly Rows[],
    atOnce: number,
    before?: (rows: Rows) => void,
  ): Promise<number>
  close(): Promise<void>
}
/** As COPY's text format has them. */
export type Rows = { text: string; events: number; batches: readonly SentBatch[] }

export async function openCopiedEvents(ownerUrl: string, most: number): Promise<CopiedEvents> {
  await asOwner(ownerUrl, client =>
    client.query(`
      create table bare_events (
        operator_id uuid not null,
        device_id text not null,
        epoch int4 not null,
        index int8 not null,
        at timestamptz not null,
        kind text not null,
        open bytea not null,
        open_salt bytea not null,
        sealed bytea,
        sealed_salt bytea,
        leaf_hash bytea not null,
        primary key (device_id, epoch, index))`),
  )
  const clients = Array.from({ length: most }, () => new pg.Client({ connectionString: ownerUrl }))
  await Promise.all(clients.map(client => client.connect()))
  return {
    async copy(transactions, atOnce, before) {
      const waiting = [...transactions]
      const lane = async (client: pg.Client) => {
        for (let rows = waiting.shift(); rows !== undefined; rows = waiting.shift()) {
          before?.(rows)
          await copyIn(client, rows.text)
        }
      }
      await Promise.all(clients.slice(0, atOnce).map(lane))
      return transactions.reduce((sum, { events }) => sum + events, 0)
    },
    close: () => Promise.all(clients.map(client => client.end())).then(() => undefined),
  }
}

export function rowsOf(operatorId: string, batches: readonly SentBatch[]): Rows {
  const lines = batches.flatMap(({ machine, events }) =>
    events.map(({ event, parts, leaf }) =>
      copyRow([
        operatorId,
        machine.deviceId,
        1,
        event.index,
        new Date(event.atMs),
        event.kind,
        parts.open,
        parts.openSalt,
        parts.sealed,
        parts.sealedSalt,
        leaf,
      ]),
    ),
  )
  return { text: lines.join(''), events: lines.length, batches }
}

/** One statement is one transaction. */
function copyIn(client: pg.Client, rows: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = client.query(copyFrom('copy bare_events from stdin'))
    sink.once('error', reject)
    sink.once('finish', resolve)
    sink.end(rows)
  })
}
