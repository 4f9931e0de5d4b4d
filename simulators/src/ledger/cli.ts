/** `tillproof sim ledger`: random transfers through the ledger's writer, then the reckoning. */
import { Command, InvalidArgumentError } from 'commander'
import { endProgress, showProgress } from '../bench/progress.ts'
import { wholeNumber } from '../cli/options.ts'
import { type LedgerRun, runLedger } from './ledger.ts'

const after = `
Exit codes:
  0  every answer and balance as foreseen, no fault      1  something was not      2  wrong usage

The database is a PostgreSQL of its own in a temporary folder, and goes with it.`

type Options = { transfers: number; seed: number; json: boolean }

export function ledgerRunCommand(): Command {
  return new Command('ledger')
    .description('Post random transfers, right and wrong ones, and check the whole book after.')
    .option('--transfers <number>', 'how many', atLeastOne, 1_000_000)
    .option('--seed <number>', 'seed of the transfers', wholeNumber, 1)
    .option('--json', 'print the result as one line of JSON', false)
    .addHelpText('after', after)
    .action(run)
}

async function run({ transfers, seed, json }: Options): Promise<void> {
  const result = await runLedger(transfers, seed, showProgress).finally(endProgress)
  process.stdout.write(`${json ? jsonOf(result) : textOf(result)}\n`)
  if (result.faults.length > 0) process.exitCode = 1
}

function atLeastOne(text: string): number {
  const number = wholeNumber(text)
  if (number > 0) return number
  throw new InvalidArgumentError('must be at least 1')
}

function textOf({ transfers, seed, outcomes, seconds, faults, ...book }: LedgerRun): string {
  const perSecond = Math.round(transfers / seconds.posting)
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`)
  return [
    `${transfers} transfers (seed ${seed}): ${counts.join(', ')}`,
    `${book.journals} journals in ${book.batches} batches on ${book.accounts} accounts`,
    `posted in ${seconds.posting.toFixed(1)} s (${perSecond} a second), ` +
      `checked in ${seconds.checking.toFixed(1)} s`,
    ...(faults.length === 0 ? ['every answer and balance as foreseen; no faults'] : faults),
  ].join('\n')
}

/** Counts of the book are written as text: JSON numbers are floats. */
const jsonOf = (result: LedgerRun): string =>
  JSON.stringify(result, (_, each) => (typeof each === 'bigint' ? each.toString() : each))
