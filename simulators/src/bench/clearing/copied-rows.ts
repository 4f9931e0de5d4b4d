/**
 * The least a database can be asked for the same book: its rows, as they are, by COPY into tables
 * with the same columns, keys, checks and indexes, one transaction a batch, and nothing decided.
 */
import { text as readText } from 'node:stream/consumers'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { asOwner } from '../database.ts'

/** One batch as COPY's text format has it. */
type Rows = { journals: string; legs: string; excerpts: string }

export type CopiedRows = {
  /** Reads the rows of these batches of the book, to be copied later. */
  take(operatorId: string, fromBatch: bigint, toBatch: bigint): Promise<void>
  /** Copies what was taken longest ago; answers how many journals that were. */
  copy(): Promise<number>
  close(): Promise<void>
}

type Taken = { batches: Rows[]; journals: number }

export async function openCopiedRows(ownerUrl: string): Promise<CopiedRows> {
  await asOwner(ownerUrl, client =>
    client.query(`
      create table bare_journals (like journals including defaults including constraints
        including indexes);
      create table bare_legs (like legs including defaults including constraints
        including indexes);
      create table bare_excerpts (like split_excerpts including defaults including constraints
        including indexes)`),
  )
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  // The owner is held to row-level security too, but need not be to look at rows it made here.
  await client.query('alter table journals no force row level security')
  await client.query('alter table legs no force row level security')
  await client.query('alter table split_excerpts no force row level security')
  const waiting: Taken[] = []

  async function rowsOf(operatorId: string, batch: bigint): Promise<Rows> {
    const ofBatch = `operator_id = '${operatorId}' and batch_seq = ${batch}`
    const journals = `select * from journals where ${ofBatch} order by seq`
    const ofJournals = `operator_id = '${operatorId}' and journal_seq in
      (select seq from journals where ${ofBatch})`
    const legs = `select * from legs where ${ofJournals} order by journal_seq, leg_no`
    const excerpts = `select * from split_excerpts where ${ofJournals} order by journal_seq`
    return {
      journals: await readText(client.query(copyTo(`copy (${journals}) to stdout`))),
      legs: await readText(client.query(copyTo(`copy (${legs}) to stdout`))),
      excerpts: await readText(client.query(copyTo(`copy (${excerpts}) to stdout`))),
    }
  }

  return {
    async take(operatorId, fromBatch, toBatch) {
      const batches: Rows[] = []
      for (let batch = fromBatch; batch <= toBatch; batch += 1n) {
        batches.push(await rowsOf(operatorId, batch))
      }
      const journals = batches.reduce((sum, rows) => sum + linesOf(rows.journals), 0)
      waiting.push({ batches, journals })
    },
    async copy() {
      const taken = waiting.shift()
      for (const { journals, legs, excerpts } of taken?.batches ?? []) {
        await client.query('begin')
        await copyInto(client, 'bare_journals', journals)
        await copyInto(client, 'bare_legs', legs)
        await copyInto(client, 'bare_excerpts', excerpts)
        await client.query('commit')
      }
      return taken?.journals ?? 0
    },
    close: () => client.end(),
  }
}

function copyInto(client: pg.Client, table: string, rows: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = client.query(copyFrom(`copy ${table} from stdin`))
    sink.once('error', reject)
    sink.once('finish', resolve)
    sink.end(rows)
  })
}

function linesOf(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}
