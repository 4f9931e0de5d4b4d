/** `tillproof ledger`: reads the books of a running cloud; never writes. */

import { TillproofError } from '@tillproof/shared/errors.ts'
import { Command } from 'commander'
import { z } from 'zod'
import { loadConfig } from '../../config.ts'
import type { Db } from '../../platform/db/db.ts'
import { listOpenItems } from '../open-items/store.ts'
import { checkBook } from './check.ts'
import { openCloudDb } from './open.ts'
import { readStatement } from './reading.ts'
import { checkText, openItemsText, statementText, trialBalanceText } from './report.ts'
import { readAccounts } from './store.ts'

type Options = { data?: string; config?: string; book?: string; json?: boolean }
type OpenItemOptions = Options & { reason?: string; limit: string }
type StatementOptions = Options & { currency: string; limit: string }

export function ledgerCommand(): Command {
  return new Command('ledger')
    .description('Read and check the double-entry books of a running cloud')
    .addCommand(withSource(checkCommand()))
    .addCommand(withSource(trialBalanceCommand()))
    .addCommand(withSource(statementCommand()))
    .addCommand(withSource(openItemsCommand()))
}

const withSource = (command: Command): Command =>
  command
    .option('--data <dir>', 'data folder of the cloud')
    .option('--config <file>', 'settings of the cloud')
    .option('--book <id>', 'one book (the operator’s id); all of them unless told')
    .option('--json', 'print JSON')

function checkCommand(): Command {
  return new Command('check')
    .description('Rebuild every balance, rule and hash from the legs and compare; 1 on any fault')
    .action((options: Options) =>
      withBooks(options, async (db, books) => {
        const checks = []
        for (const book of books) checks.push(await checkBook(db, book))
        print(options, checks, checks.map(checkText).join('\n'))
        if (checks.some(check => check.faults.length > 0)) process.exitCode = 1
      }),
    )
}

function trialBalanceCommand(): Command {
  return new Command('trial-balance')
    .description('Debits, credits and balance of every account')
    .action((options: Options) =>
      withBooks(options, async (db, books) => {
        const read = (book: string) => db.withSystem(tx => readAccounts(tx, book))
        const all = await Promise.all(
          books.map(async book => ({ book, accounts: await read(book) })),
        )
        const text = all.map(({ book, accounts }) => trialBalanceText(book, accounts))
        print(options, all, text.join('\n\n'))
      }),
    )
}

function statementCommand(): Command {
  return new Command('statement')
    .description('Lines of one account with the running balance')
    .argument('<account>', 'path, for example psp:sandbox:receivable')
    .option('--currency <code>', 'ISO 4217 code', 'CNY')
    .option('--limit <lines>', 'newest lines to show', '50')
    .action((account: string, options: StatementOptions) =>
      withBooks(options, async (db, books) => {
        const limit = z.coerce.number().int().min(1).max(100_000).catch(50).parse(options.limit)
        const { currency } = options
        const all = await Promise.all(
          books.map(async book => ({
            book,
            lines: await db.withSystem(tx => readStatement(tx, book, account, currency, limit)),
          })),
        )
        const kept = all.filter(({ lines }) => lines.length > 0)
        const text = kept.map(({ lines }) => statementText(account, currency, lines))
        print(options, kept, text.join('\n\n') || 'no such lines')
      }),
    )
}

function openItemsCommand(): Command {
  return new Command('open-items')
    .description('What did not meet its counterpart or its rule, with its age, oldest first')
    .option('--reason <reason>', 'of one reason, for example sale-without-payment')
    .option('--limit <items>', 'oldest items to show', '50')
    .action((options: OpenItemOptions) =>
      withBooks(options, async (db, books) => {
        const limit = z.coerce.number().int().min(1).max(100_000).catch(50).parse(options.limit)
        const filters = { deviceId: null, ageBucket: null, after: null, limit }
        const page = { state: 'open' as const, reason: options.reason ?? null, ...filters }
        const read = (bookId: string) => db.withSystem(tx => listOpenItems(tx, { ...page, bookId }))
        const all = await Promise.all(books.map(async book => ({ book, items: await read(book) })))
        const kept = all.filter(({ items }) => items.length > 0)
        const text = kept.map(({ book, items }) => openItemsText(book, items))
        print(options, kept, text.join('\n\n') || 'nothing is open')
      }),
    )
}

async function withBooks(
  options: Options,
  use: (db: Db, books: string[]) => Promise<void>,
): Promise<void> {
  const db = await openCloudDb(
    loadConfig({ file: options.config, flags: [{ data: options.data }] }),
  )
  try {
    await use(db, options.book === undefined ? await allBooks(db) : [bookId(options.book)])
  } finally {
    await db.close()
  }
}

async function allBooks(db: Db): Promise<string[]> {
  const rows = await db.withSystem(tx =>
    tx.query<{ operator_id: string }>('select operator_id from books order by operator_id'),
  )
  return rows.map(row => row.operator_id)
}

function bookId(text: string): string {
  if (z.uuid().safeParse(text).success) return text
  throw new TillproofError(
    'ledger.book-malformed',
    `"${text}" is not the id of a book.`,
    'Leave --book out to see the ids of all of them.',
  )
}

/** Amounts are written as text: JSON numbers are floats. */
function print({ json }: Options, value: unknown, text: string): void {
  const asText = (_: string, each: unknown) => (typeof each === 'bigint' ? each.toString() : each)
  process.stdout.write(`${json === true ? JSON.stringify(value, asText) : text}\n`)
}
