/**
 * The agent's settings: `<home>/agent.yaml`, read once at start, unknown keys refused, all faults
 * reported together. Also the only place that reads the environment, and the names of the files
 * in the home folder.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { parse } from 'yaml'
import { z } from 'zod'

const serialLine = (defaultBaud: number) =>
  z.strictObject({
    /** Device path, best one of /dev/serial/by-id. */
    path: z.string().min(1),
    baud: z.number().int().min(300).max(4_000_000).default(defaultBaud),
  })
const modbusSerialLine = z.strictObject({
  ...serialLine(19_200).shape,
  unitId: z.number().int().min(1).max(247).default(1),
})
const modbusTcp = z.strictObject({
  /** `host:port` */
  tcp: z.string().regex(/^[^:\s]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/),
  unitId: z.number().int().min(0).max(255).default(1),
})
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .default('CNY')

/** What the machine sells by time. A voucher is honoured only for an item at exactly its price. */
const offers = (minutes: z.ZodNumber) =>
  z
    .array(
      z.strictObject({
        item: z.string().min(1).max(40),
        minutes,
        /** Decimal text in the machine's currency. */
        price: z.string().regex(/^\d{1,9}(\.\d{1,4})?$/),
      }),
    )
    .min(1)

const machine = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('vending'),
    currency,
    ports: z.strictObject({ mdb: serialLine(115_200), scanner: serialLine(9600) }),
  }),
  z.strictObject({
    kind: z.literal('massage-chair'),
    currency,
    profile: z.string().default('massage-chair-timer'),
    offers: offers(z.number().int().min(1).max(240)),
    ports: z.strictObject({ timer: modbusTcp }),
  }),
  z.strictObject({
    kind: z.literal('shared-car'),
    currency,
    profile: z.string().default('shared-car-body'),
    offers: offers(z.number().min(0.1).max(1440)),
    ports: z.strictObject({ gps: serialLine(9600), body: modbusSerialLine }),
  }),
  /** No lines: facts come through the local API or from the program that embeds the agent. */
  z.strictObject({ kind: z.literal('virtual'), currency, ports: z.strictObject({}).prefault({}) }),
])

const agentConfig = z.strictObject({
  machine,
  local: z
    .strictObject({
      /** Port of the local API on 127.0.0.1; 0 takes any free one. */
      port: z.number().int().min(0).max(65_535).default(0),
      /** Port of the Node-RED editor when started with --node-red; 0 takes any free one. */
      nodeRedPort: z.number().int().min(0).max(65_535).default(0),
    })
    .prefault({}),
  seal: z
    .strictObject({ intervalMs: z.number().int().min(50).max(3_600_000).default(1000) })
    .prefault({}),
  uplink: z
    .strictObject({
      /** Batches sent and not yet receipted. */
      window: z.number().int().min(1).max(16).default(4),
      /** A batch without a receipt is sent again after this long. */
      receiptTimeoutMs: z.number().int().min(500).max(600_000).default(10_000),
      /** While a long backlog is sent: batches a second, each at most 128 KiB. */
      drainBatchesPerSecond: z.number().min(0.1).max(100).default(5),
    })
    .prefault({}),
  journal: z
    .strictObject({
      /** Days that an event stays here after its receipt, by the cloud's clock. */
      retentionDays: z.number().int().min(1).max(36_500).default(90),
      /** Events of one kind in an hour; more are shed unless they are about money. */
      telemetryPerHour: z.number().int().min(1).max(1_000_000).default(3600),
    })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
})

export type AgentConfig = z.infer<typeof agentConfig>
export type MachineConfig = AgentConfig['machine']

/** Where each file of an agent lies. All absolute. */
export function homePaths(home: string) {
  const root = resolve(home)
  const identity = join(root, 'identity')
  return {
    home: root,
    config: join(root, 'agent.yaml'),
    identity,
    enrolment: join(root, 'enrolment'),
    journal: join(root, 'journal.db'),
    localToken: join(root, 'local.token'),
    localAddress: join(root, 'local.json'),
    nodeRed: join(root, 'node-red'),
  }
}
export type HomePaths = ReturnType<typeof homePaths>

/** The home folder when the command line names none. */
export function defaultHome(): string {
  return process.env.TILLPROOF_AGENT_HOME ?? join(homedir(), '.tillproof-agent')
}

/** Reads and checks `<home>/agent.yaml`. Throws `config.missing` or `config.invalid`. */
export function loadConfig(home: string): AgentConfig {
  const path = homePaths(home).config
  return parseConfig(readConfigText(path), path)
}

/** Checks the text of an agent.yaml; `path` is named in the faults. */
export function parseConfig(text: string, path: string): AgentConfig {
  const result = agentConfig.safeParse(parseYaml(text, path))
  if (result.success) return result.data
  const faults = result.error.issues.map(
    issue => `${issue.path.join('.') || '/'}: ${issue.message}`,
  )
  throw new TillproofError(
    'config.invalid',
    `${path} is not valid: ${faults.join('; ')}`,
    'Correct the named settings and start again.',
  )
}

function readConfigText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TillproofError(
      'config.missing',
      `The settings ${path} cannot be read.`,
      'Write the file (docs/operating/installer.md has an example) and start again.',
      { cause },
    )
  }
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new TillproofError(
      'config.invalid',
      `${path} is not valid YAML: ${reason}`,
      'Correct the file and start again.',
      { cause },
    )
  }
}

/** The environment of a child process: ours, with what it has to know in addition. */
export function childEnvironment(more: Record<string, string>): Record<string, string> {
  const own = Object.entries(process.env).filter(([, value]) => value !== undefined)
  return { ...(Object.fromEntries(own) as Record<string, string>), ...more }
}
