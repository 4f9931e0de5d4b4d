/** `tillproof sim sandbox`: the payment company we do not own, as a process of its own. */
import { Command, InvalidArgumentError } from 'commander'
import { parseFaults } from './faults.ts'
import { startSandbox } from './sandbox.ts'

/** The command; prints one line of JSON when ready, stops cleanly on SIGINT and SIGTERM. */
export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('Run the sandbox payment company')
    .requiredOption('--dir <dir>', 'folder for its keys, credentials and state')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes any', parsePort, 0)
    .option('--fault <name=chance,...>', 'faults to inject, for example late-notify=0.2', '')
    .action(async (options: { dir: string; port: number; fault: string }) => {
      const faults = parseFaults(options.fault)
      const sandbox = await startSandbox({ dir: options.dir, port: options.port, faults })
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
