/** `tillproof bench`: what the parts cost here, as ratios that travel between machines. */
import { Command, InvalidArgumentError } from 'commander'
import { wholeNumber } from '../cli/options.ts'
import { benchEvidence } from './evidence/evidence.ts'
import { type BenchResult, formatResult } from './result.ts'

/** `rounds` and `json` are every suite's; what else it asks for is its own. */
type Options = { events: number; rounds: number; json: boolean }
type Suite = {
  name: string
  summary: string
  /** How many events by default. */
  events: number
  run(options: Options): BenchResult | Promise<BenchResult>
}

/** A further suite is a line here. */
const suites: readonly Suite[] = [
  {
    name: 'evidence',
    summary: 'one signature over many events against one each; proofs, bundles, a growing log',
    events: 100_000,
    run: benchEvidence,
  },
]

const after = `
Everything is measured side by side in one run, in several rounds, and told as ratios of medians.

Exit codes:
  0  every target is met      1  a target is missed      2  wrong usage`

export function benchCommand(): Command {
  const bench = new Command('bench').description('Measure what the parts cost on this machine.')
  for (const suite of suites) bench.addCommand(suiteCommand(suite))
  return bench
}

function suiteCommand({ name, summary, events, run }: Suite): Command {
  return new Command(name)
    .description(`Measure: ${summary}.`)
    .summary(summary)
    .option('--events <number>', 'how many', atLeastOne, events)
    .option('--rounds <number>', 'rounds that count, after one to warm up', atLeastOne, 5)
    .option('--json', 'print the result as one line of JSON', false)
    .addHelpText('after', after)
    .action(async (options: Options) => tell(await run(options), options.json))
}

function tell(result: BenchResult, json: boolean): void {
  process.stdout.write(`${json ? JSON.stringify(result) : formatResult(result)}\n`)
  if (!result.met) process.exitCode = 1
}

function atLeastOne(text: string): number {
  const number = wholeNumber(text)
  if (number > 0) return number
  throw new InvalidArgumentError('must be at least 1')
}
