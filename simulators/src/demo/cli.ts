/** `tillproof start`, also known as `npm start`: Tillproof to try out, on this computer alone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { wholeNumber } from '../cli/options.ts'
import { hasDesktop } from '../config.ts'
import { type Demo, startDemo } from './demo.ts'
import { pictureOf } from './picture.ts'
import { isWell, settleDown } from './settle-down.ts'

type Options = {
  data: string
  port?: number
  seed?: number
  for?: number
  reset: boolean
  json: boolean
  open: boolean
}

const after = `
Exit codes:
  0  stopped by Ctrl-C, or --for ended with everything arrived, balanced and verified
  1  a part did not start, or the summary shows something lost, unmatched or unverified
  2  wrong usage

The JSON of --json: machines, events, sales, matched, cleared, anchored (counts), ledgerBalanced,
verifiedBundle (true or false), lost (events confirmed to a machine but not in the cloud).`

export function startCommand(): Command {
  return new Command('start')
    .description('Run all of Tillproof with three simulated machines that sell.')
    .option('--data <folder>', 'data folder', '.tillproof')
    .option('--reset', 'forget the data of earlier runs', false)
    .option('--port <port>', 'port of the dashboard; the next free one is taken', wholeNumber)
    .option('--seed <number>', 'seed of the random customers', wholeNumber)
    .option('--for <seconds>', 'stop after so many seconds of selling, with a summary', wholeNumber)
    .option('--json', 'print nothing but the summary, as one line of JSON at the end', false)
    .option('--no-open', 'do not open the dashboard in a browser')
    .addHelpText('after', after)
    .action(run)
}

async function run(options: Options): Promise<void> {
  const startedAtMs = performance.now()
  const say = (line: string) => {
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0).padStart(4)
    process.stderr.write(`${seconds} s  ${line}\n`)
  }
  const demo = await startDemo({ ...options, say })
  if (!options.json) process.stdout.write(pictureOf(demo))
  if (options.open && !options.json && hasDesktop()) openBrowser(demo.address)
  const stopped = stopSignal()
  try {
    if (options.for === undefined) await stopped
    else await Promise.race([stopped, runFor(demo, options.for, options.json)])
  } finally {
    say('stopping')
    await demo.stop()
    say('stopped; everything is kept')
  }
}

async function runFor(demo: Demo, seconds: number, json: boolean): Promise<void> {
  await sleep(seconds * 1000)
  const summary = await settleDown(demo)
  if (!isWell(summary)) process.exitCode = 1
  await demo.stop()
  process.stdout.write(`${JSON.stringify(summary, null, json ? 0 : 2)}\n`)
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
async function stopSignal(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  process.once('SIGINT', () => process.exit(130))
}

function openBrowser(address: string): void {
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open'
  spawn(command, [address], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}
