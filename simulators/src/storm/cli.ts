/** `tillproof sim storm`: kill -9 in a loop, then the reckoning. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { wholeNumber } from '../cli/options.ts'
import { isWell } from '../demo/settle-down.ts'
import { storm } from './storm.ts'

const after = `
Exit codes:
  0  nothing lost, nothing doubled, ledger balanced      1  something was      2  wrong usage

The data folder is emptied first. Without --data it is a temporary one, removed when all is well.`

type Options = { rounds: number; seed: number; data?: string; json: boolean }

export function stormCommand(): Command {
  return new Command('storm')
    .description('Kill agents, cloud, database and broker while machines sell; check what is left.')
    .option('--rounds <number>', 'how many processes to kill', wholeNumber, 20)
    .option('--seed <number>', 'seed of victims and moments', wholeNumber, 1)
    .option('--data <folder>', 'data folder, emptied first')
    .option('--json', 'print the summary as one line of JSON', false)
    .addHelpText('after', after)
    .action(run)
}

async function run({ rounds, seed, json, ...options }: Options): Promise<void> {
  const data = options.data ?? temporaryFolder()
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const summary = await storm({ rounds, seed, data, say })
  process.stdout.write(`${JSON.stringify(summary, null, json ? 0 : 2)}\n`)
  if (!isWell(summary)) process.exitCode = 1
  else if (options.data === undefined) rmSync(data, { recursive: true, force: true })
}

/** Searchable by the user that PostgreSQL runs as when root runs the storm. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillproof-storm-'))
  chmodSync(folder, 0o711)
  return folder
}
