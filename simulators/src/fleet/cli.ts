/** `tillproof sim fleet`: load from many machines, against a cloud that runs already. */
import { join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { Command } from 'commander'
import { wholeNumber } from '../cli/options.ts'
import { dataFolder, readRunFile } from '../demo/folder.ts'
import { enterAs } from '../demo/parties.ts'
import { isFleetWell, runFleet } from './fleet.ts'

const after = `
Exit codes:
  0  every event arrived once, every sale matched and cleared, the ledger balances
  1  it did not, or the cloud could not be reached      2  wrong usage

The cloud and the operator's sign-in are those of the demo that runs in the data folder.`

type Options = {
  machines: number
  for: number
  eventsPerSecond?: number
  seed: number
  data: string
  json: boolean
}

export function fleetCommand(): Command {
  return new Command('fleet')
    .description('Many virtual machines with real journals, keys and MQTT sessions.')
    .option('--machines <number>', 'how many', wholeNumber, 50)
    .option('--for <seconds>', 'how long customers come', wholeNumber, 60)
    .option(
      '--events-per-second <number>',
      'over the whole fleet (one for two machines)',
      wholeNumber,
    )
    .option('--seed <number>', 'seed of the customers', wholeNumber, 1)
    .option('--data <folder>', 'data folder of the running demo', '.tillproof')
    .option('--json', 'print the summary as one line of JSON', false)
    .addHelpText('after', after)
    .action(run)
}

async function run({ machines, seed, json, data, ...options }: Options): Promise<void> {
  const folder = dataFolder(data)
  const running = readRunFile(folder)
  const operator = running?.signIns?.find(({ kind }) => kind === 'operator')
  if (running?.address === undefined || operator === undefined) throw notRunning(folder.root)
  const summary = await runFleet({
    operator: await enterAs(folder, running.address, 'operator', operator),
    folder: join(folder.root, 'fleet'),
    machines,
    seconds: options.for,
    eventsPerSecond: options.eventsPerSecond ?? machines / 2,
    seed,
    say: line => process.stderr.write(`${line}\n`),
  })
  process.stdout.write(`${JSON.stringify(summary, null, json ? 0 : 2)}\n`)
  if (!isFleetWell(summary)) process.exitCode = 1
}

function notRunning(folder: string): TillproofError {
  return new TillproofError(
    'fleet.no-cloud',
    `no demo runs in ${folder}`,
    'start it with npm start in another terminal, or name its folder with --data',
  )
}
