/** What a lender runs on his own premises: witness, verify, bundle, log, tlog and note. */
import { Command } from 'commander'
import { pino } from 'pino'
import { type Log, serveWitness } from './server.ts'
import { statusOf, type WitnessStatus } from './status.ts'
import { verifyFiles } from './verify.ts'
import { initWitness, openWitness } from './witness-dir.ts'

export { bundleCommand } from './bundle/cli.ts'
export { logCommand } from './monitor/cli.ts'
export { noteCommand } from './note/cli.ts'
export { tlogCommand } from './tlog/cli.ts'

export function witnessCommand(): Command {
  return new Command('witness')
    .description('cosign a log from your own premises')
    .addCommand(initCommand())
    .addCommand(runCommand())
    .addCommand(statusCommand())
}

function initCommand(): Command {
  return new Command('init')
    .description('make key, settings and empty state of a new witness')
    .requiredOption('--dir <folder>', 'where the witness lives; made when missing')
    .requiredOption('--name <name>', 'its name in cosignatures, such as witness.lender.example')
    .requiredOption('--log-vkey <vkey...>', 'verifier keys of the logs it cosigns')
    .option('--json', 'answer as one JSON object')
    .action((options: { dir: string; name: string; logVkey: string[]; json?: true }) => {
      const { dir, name, logVkey, json } = options
      const vkey = initWitness({ dir, name, logs: logVkey })
      if (json) print(JSON.stringify({ name, vkey }))
      else print(`witness ${name} is in ${dir}\nits verifier key, for policies:\n${vkey}`)
    })
}

type RunOptions = { dir: string; port: string; host: string; json?: true }

function runCommand(): Command {
  return new Command('run')
    .description('serve tlog-witness; prints one JSON line when ready, logs to standard error')
    .requiredOption('--dir <folder>', 'the folder that init made')
    .option('--port <number>', 'TCP port, 0 for a free one', '7650')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--json', 'accepted for symmetry: the ready line is JSON anyway')
    .action(async (options: RunOptions, command: Command) => {
      const port = Number(options.port)
      if (!Number.isInteger(port) || port < 0 || port > 65_535) {
        command.error(`error: --port ${options.port} is not a TCP port`, { exitCode: 2 })
      }
      const witness = openWitness(options.dir)
      const running = await serveWitness(witness, { port, host: options.host, log: pinoLog() })
      print(JSON.stringify({ url: running.url, name: witness.name, vkey: witness.vkey }))
      await stopSignal()
      await running.stop()
    })
}

function statusCommand(): Command {
  return new Command('status')
    .description('how far each log was cosigned, and what was refused; works while it runs')
    .requiredOption('--dir <folder>', 'the folder that init made')
    .option('--json', 'answer as one JSON object')
    .action(({ dir, json }: { dir: string; json?: true }) => {
      const witness = openWitness(dir)
      const status = statusOf(witness)
      witness.state.close()
      print(json ? JSON.stringify(status) : statusText(status))
    })
}

function statusText({ name, vkey, logs, refused }: WitnessStatus): string {
  return [
    `witness ${name}`,
    `vkey    ${vkey}`,
    ...logs.map(log => `log     ${log.origin}: ${log.size} leaves, ${log.cosignedAt ?? 'never'}`),
    ...refused.map(one => `REFUSED ${one.at} ${one.origin}: ${one.kind}`),
  ].join('\n')
}

const verdicts = `Exit codes:
  0   anchored: logged, witnessed by the policy's quorum, and the chain holds the root: a node
      said so (--rpc), or the bundle proves it under a block that you trust (--block, policy)
  10  witnessed, and not anchored, or nothing you trust shows it: give --rpc or --block
  11  signed by the machine and logged, and not witnessed
  20  invalid: something in the bundle does not hold
  21  contradicted: the bundle proves that somebody showed two histories
  2   wrong usage: a file that cannot be read, a policy that says nothing`

export function verifyCommand(): Command {
  return new Command('verify')
    .description('verify a downloaded proof bundle offline, against your own policy')
    .argument('<bundle>', 'the JSON file that the dashboard or the API gave')
    .requiredOption('--policy <file>', 'whom you trust: C2SP tlog-policy lines, and anchor lines')
    .option('--rpc <url>', 'a chain node you trust, to read the anchored root from')
    .option('--block <hash...>', 'hashes of blocks you know to be the chain’s, instead of a node')
    .option('--json', 'the whole report as one JSON object')
    .option('--explain', 'say for each check what it means')
    .addHelpText('after', `\n${verdicts}`)
    .action(async (bundle: string, { block, ...options }: VerifyOptions, command: Command) => {
      const odd = block?.find(hash => !BLOCK_HASH.test(hash))
      if (odd !== undefined) command.error(`error: --block ${odd} is no hash`, { exitCode: 2 })
      const outcome = await verifyFiles({ bundle, ...options, ...(block && { blocks: block }) })
      if ('unusable' in outcome) command.error(`error: ${outcome.unusable}`, { exitCode: 2 })
      else {
        print(outcome.text)
        process.exitCode = outcome.exitCode
      }
    })
}

const BLOCK_HASH = /^0x[0-9a-fA-F]{64}$/

type VerifyOptions = {
  policy: string
  rpc?: string
  block?: string[]
  json?: true
  explain?: true
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Logs go to standard error: standard output carries the ready line alone. */
function pinoLog(): Log {
  const logger = pino({ base: null }, pino.destination(2))
  return (level, message, fields) => logger[level](fields ?? {}, message)
}

function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
}
