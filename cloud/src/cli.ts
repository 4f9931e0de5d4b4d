/** The commands of the cloud: `cloud run`, `cloud migrate`, `cloud bootstrap`. */
import { text } from 'node:stream/consumers'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { type Config, loadConfig, ROLES, type Tree } from './config.ts'
import { prepare, roleUrls } from './core.ts'
import { openLog } from './log.ts'
import { runCloud } from './main.ts'
import {
  type BootstrapInput,
  type BootstrapResult,
  bootstrap,
  bootstrapInput,
} from './people/organisations/bootstrap.ts'
import { openDb } from './platform/db/db.ts'
import { withEmbeddedDatabase } from './platform/embedded/embedded.ts'
import { type CloudKeys, loadOrCreateKeys } from './platform/keys.ts'

type CommonFlags = { config?: string; data?: string; databaseUrl?: string }
type RunFlags = CommonFlags & {
  role?: string[]
  port?: number
  mqttPort?: number
  publicUrl?: string
  sandboxCredentials?: string
  anchorEveryMs?: number
  dashboard: boolean
}

export function cloudCommand(): Command {
  const cloud = new Command('cloud').description('The backend: broker, ingest, workers, API')
  cloud.addCommand(runCommand())
  cloud.addCommand(migrateCommand())
  cloud.addCommand(bootstrapCommand())
  return cloud
}

function common(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--config <file>', 'settings in YAML (docs/operating/platform.md)')
    .option('--data <dir>', 'folder of keys and embedded parts')
    .option('--database-url <url>', 'PostgreSQL, as the owner; else DATABASE_URL, else embedded')
}

function runCommand(): Command {
  return common('run', 'Run this cloud, or some of its roles, until stopped')
    .option('--role <roles>', `comma-separated: all, ${ROLES.join(', ')}`, readRoles)
    .option('--port <port>', 'HTTP port', readPort)
    .option('--mqtt-port <port>', 'MQTT port', readPort)
    .option('--public-url <url>', 'how people and machines reach the API')
    .option('--sandbox-credentials <file>', 'take orders through the sandbox payment company')
    .option('--anchor-every-ms <ms>', 'least time between two anchors', readCount)
    .option('--no-dashboard', 'serve the API only')
    .addHelpText('after', '\nPrints one line of JSON when everything has started.')
    .action(async (flags: RunFlags) => {
      const running = await runCloud(configOf(flags))
      // Before anybody reads that it is ready and may end it.
      const stopped = stopSignal()
      process.stdout.write(`${JSON.stringify(running.ready)}\n`)
      await stopped
      await running.stop()
      // Timers that BullMQ leaves behind when Redis is away must not hold back what has stopped.
      setTimeout(() => process.exit(), LEFTOVERS_MS).unref()
    })
}

const LONG_MS = 2 ** 31 - 1
const LEFTOVERS_MS = 500

/**
 * The first signal stops in order; a second one ends the process at once. Waiting for it keeps the
 * process alive: roles like `embedded` alone have nothing open that would.
 */
function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    const alive = setInterval(() => undefined, LONG_MS)
    const stop = () => {
      clearInterval(alive)
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  })
}

function migrateCommand(): Command {
  return common('migrate', 'Bring the database up to this version, as its owner')
    .option('--json', 'answer as JSON')
    .action(async (flags: CommonFlags & { json?: boolean }) => {
      const config = configOf(flags)
      const applied = await withOwner(config, (url, keys) =>
        prepare(url, keys, openLog(config.logLevel)),
      )
      const said = applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`
      process.stdout.write(`${flags.json ? JSON.stringify({ applied }) : said}\n`)
    })
}

function bootstrapCommand(): Command {
  return common('bootstrap', 'Make the first organisations and sign-ins')
    .option('--reset-passwords', 'new passwords for users that exist already', false)
    .option('--json', 'answer as JSON')
    .addHelpText('after', bootstrapHelp)
    .action(async (flags: CommonFlags & { resetPasswords: boolean; json?: boolean }) => {
      const input = readInput(await text(process.stdin))
      const config = configOf(flags)
      const made = await withOwner(config, async (url, keys) => {
        await prepare(url, keys, openLog(config.logLevel))
        const db = openDb(roleUrls(url, keys))
        try {
          return await bootstrap(db, input, { resetPasswords: flags.resetPasswords })
        } finally {
          await db.close()
        }
      })
      process.stdout.write(flags.json ? `${JSON.stringify(made)}\n` : table(made))
    })
}

const bootstrapHelp = `
Reads JSON on standard input:
  {"organisations": [{"name": "…", "kind": "operator", "users":
    [{"email": "…", "name": "…", "role": "admin"}]}]}
Kinds: platform, operator, lender, site, supplier. Roles: admin, installer, viewer.
Passwords are random and shown this once.`

function readInput(json: string): BootstrapInput {
  const result = bootstrapInput.safeParse(json.trim() === '' ? {} : parseJson(json))
  if (result.success) return result.data
  throw new TillproofError(
    'bootstrap.input',
    `the input is not as expected: ${z.prettifyError(result.error).replaceAll('\n', ' ')}`,
    'see tillproof cloud bootstrap --help',
  )
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function table(made: BootstrapResult): string {
  const lines = made.organisations.flatMap(organisation => [
    `${organisation.name} (${organisation.kind}) ${organisation.id}`,
    ...organisation.users.map(
      user => `  ${user.email}  ${user.password ?? '(password unchanged)'}`,
    ),
  ])
  return `${lines.join('\n')}\n`
}

/** Runs `fn` with the owner's address; starts the embedded database for it if none runs. */
async function withOwner<T>(
  config: Config,
  fn: (ownerUrl: string, keys: CloudKeys) => Promise<T>,
): Promise<T> {
  const keys = await loadOrCreateKeys(config.files.keys)
  const { url } = config.database
  if (url !== undefined) return fn(url, keys)
  const log = openLog(config.logLevel)
  return withEmbeddedDatabase(config.files.postgres, log, ownerUrl => fn(ownerUrl, keys))
}

function configOf(flags: Partial<RunFlags>): Config {
  const tree: Tree = {
    data: flags.data,
    roles: flags.role,
    database: { url: flags.databaseUrl },
    http: { port: flags.port, publicUrl: flags.publicUrl },
    mqtt: { port: flags.mqttPort },
    anchor: { everyMs: flags.anchorEveryMs },
    payments: { sandboxCredentials: flags.sandboxCredentials },
  }
  // The flag exists only as --no-dashboard; without it the file decides.
  const noDashboard = { http: { dashboard: false } }
  const flagsOver = flags.dashboard === false ? [tree, noDashboard] : [tree]
  return loadConfig({ file: flags.config, flags: flagsOver })
}

function readRoles(value: string): string[] {
  return value === 'all' ? [...ROLES] : value.split(',').map(role => role.trim())
}

function readPort(value: string): number {
  return readNumber(value, 65_535)
}

function readCount(value: string): number {
  return readNumber(value, 999_999_999)
}

function readNumber(value: string, most: number): number {
  if (/^\d{1,9}$/.test(value) && Number(value) <= most) return Number(value)
  throw new InvalidArgumentError(`must be a whole number up to ${most}`)
}
