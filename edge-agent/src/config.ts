/**
 * The agent's settings: `<home>/agent.yaml`, read once at start, unknown keys refused, all faults
 * reported together. Also the only place that reads the environment, and the names of the files
 * in the home folder.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Machine, machineOf, machineSettings } from './profile/machine.ts'

const agentConfig = z.strictObject({
  machine: machineSettings,
  /** Where the broker is, when it has moved since the enrolment. */
  broker: z
    .strictObject({
      host: z.string().min(1).optional(),
      port: z.number().int().min(1).max(65_535).optional(),
    })
    .prefault({}),
  /** The cloud's address, when it has moved since the enrolment. */
  server: z.url({ protocol: /^https?$/ }).optional(),
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
      /** As the profile's `limits.eventsPerHour`, which holds without this. */
      telemetryPerHour: z.number().int().min(1).max(1_000_000).optional(),
    })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
})

export type AgentConfig = Omit<z.infer<typeof agentConfig>, 'machine'> & { machine: Machine }

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
    audits: join(root, 'audits'),
  }
}
export type HomePaths = ReturnType<typeof homePaths>

/** The home folder when the command line names none. */
export function defaultHome(): string {
  return process.env.TILLPROOF_AGENT_HOME ?? join(homedir(), '.tillproof-agent')
}

/**
 * Reads and checks `<home>/agent.yaml` with the profile it names. Throws `config.missing`,
 * `config.invalid`, or the coded errors of the profile.
 */
export function loadConfig(home: string): AgentConfig {
  const path = homePaths(home).config
  return parseConfig(readConfigText(path), path)
}

/** Checks the text of an agent.yaml; `path` is named in the faults, profiles lie beside it. */
export function parseConfig(text: string, path: string): AgentConfig {
  const settings = parseYaml(text, path)
  const result = agentConfig.safeParse(settings)
  const { machine, faults } = machineIn(settings, path)
  if (!result.success) throw invalid(path, [...faultsOf(result.error), ...faults])
  if (machine === null) throw invalid(path, faults)
  return { ...result.data, machine }
}

/** Faults of the machine's part are found even when another part has some. */
function machineIn(settings: unknown, path: string) {
  const parsed = z.object({ machine: machineSettings }).safeParse(settings)
  if (!parsed.success) return { machine: null, faults: [] }
  return machineOf(parsed.data.machine, dirname(path))
}

function faultsOf({ issues }: z.ZodError): string[] {
  return issues.map(issue => `${issue.path.join('.') || '/'}: ${issue.message}`)
}

function invalid(path: string, faults: readonly string[]): TillproofError {
  return new TillproofError(
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
