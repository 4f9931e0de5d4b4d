/** `tillproof bench`: what the parts cost here, as ratios that travel between machines. */
import { Command, InvalidArgumentError } from 'commander'
import { wholeNumber } from '../cli/options.ts'
import { benchAgent } from './agent/agent.ts'
import { benchClearing } from './clearing/clearing.ts'
import { benchEvidence } from './evidence/evidence.ts'
import { benchIngest } from './ingest/ingest.ts'
import { benchJournal } from './journal/journal.ts'
import { endProgress, type Progress, showProgress } from './progress.ts'
import { type BenchResult, formatResult } from './result.ts'

/** What a suite may be told, each a whole number above 0. */
type Numbers<Name extends string = string> = Readonly<Record<Name, number>>
type Setting = { says: string; value: number }
type Suite = {
  name: string
  summary: string
  settings: Readonly<Record<string, Setting>>
  run(settings: Numbers, progress: Progress): Promise<BenchResult>
}

/** Each setting is an option of the command, and has a number in what `run` is given. */
function suite<Name extends string>(suite: {
  name: string
  summary: string
  settings: Readonly<Record<Name, Setting>>
  run(settings: Numbers<Name>, progress: Progress): Promise<BenchResult>
}): Suite {
  return suite
}

const rounds = { says: 'rounds that count, after one to warm up', value: 5 }

const suites: readonly Suite[] = [
  suite({
    name: 'evidence',
    summary: 'one signature over many events against one each; proofs, bundles, a growing log',
    settings: { events: { says: 'how many events', value: 100_000 }, rounds },
    run: benchEvidence,
  }),
  suite({
    name: 'clearing',
    summary: 'sales into the book against a bare COPY of their rows; a small book against a large',
    settings: {
      past: { says: 'sales that the large book holds already', value: 2_000_000 },
      small: { says: 'sales that the small one holds', value: 20_000 },
      rounds,
    },
    run: benchClearing,
  }),
  suite({
    name: 'ingest',
    summary: 'events of many machines, verified and committed, against a bare COPY of a row each',
    settings: {
      machines: { says: 'how many machines send', value: 128 },
      batches: { says: 'batches of 100 events that each sends in a round', value: 2 },
      rounds,
    },
    run: benchIngest,
  }),
  suite({
    name: 'journal',
    summary: 'facts written down one at a time against bare SQLite; many writers; a slow disk',
    settings: { events: { says: 'how many events a round', value: 50 }, rounds },
    run: benchJournal,
  }),
  suite({
    name: 'agent',
    summary: 'memory and processor time of an agent with three lines against bare Node',
    settings: {
      seconds: { says: 'how long it works in a round', value: 15 },
      rounds: { says: 'agents that count, after one to warm up', value: 3 },
    },
    run: benchAgent,
  }),
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

function suiteCommand({ name, summary, settings, run }: Suite): Command {
  const command = new Command(name).description(`Measure: ${summary}.`).summary(summary)
  for (const [setting, { says, value }] of Object.entries(settings)) {
    command.option(`--${setting} <number>`, says, atLeastOne, value)
  }
  return command
    .option('--json', 'print the result as one line of JSON', false)
    .addHelpText('after', after)
    .action(async ({ json, ...numbers }: { json: boolean } & Numbers) =>
      tell(await run(numbers, json ? () => undefined : showProgress), json),
    )
}

function tell(result: BenchResult, json: boolean): void {
  endProgress()
  process.stdout.write(`${json ? JSON.stringify(result) : formatResult(result)}\n`)
  if (!result.met) process.exitCode = 1
}

function atLeastOne(text: string): number {
  const number = wholeNumber(text)
  if (number > 0) return number
  throw new InvalidArgumentError('must be at least 1')
}
