/** `tillproof sim sandbox`: the payment company we do not own, as a process of its own. */
import { Command, InvalidArgumentError } from 'commander'
import { parseFaults } from './faults.ts'
import { startSandbox } from './sandbox.ts'

type Options = { dir: string; port: number; fault: string; billEveryMs?: number }

/** The command; prints one line of JSON when ready, stops cleanly on SIGINT and SIGTERM. */
export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('Run the sandbox payment company')
    .requiredOption('--dir <dir>', 'folder for its keys, credentials and state')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes any', parsePort, 0)
    .option('--fault <name=chance,...>', 'faults to inject, for example late-notify=0.2', '')
    .option('--bill-every-ms <ms>', 'what its bills are of; a day unless told', parseBillEvery)
    .action(async (options: Options) => {
      const { fault, ...rest } = options
      const sandbox = await startSandbox({ ...rest, faults: parseFaults(fault) })
      const { url, publicKey, credentialsPath: credentials } = sandbox
      process.stdout.write(`${JSON.stringify({ url, publicKey, credentials })}\n`)
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => void sandbox.stop())
      }
    })
}

/** Throws what commander shows to the user. */
export function parsePort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('must be a whole number from 0 to 65535')
}

const DAY_MS = 86_400_000

function parseBillEvery(text: string): number {
  const ms = Number(text)
  if (Number.isInteger(ms) && ms >= 1_000 && DAY_MS % ms === 0) return ms
  throw new InvalidArgumentError('must be milliseconds from 1000 of which a day is a multiple')
}
