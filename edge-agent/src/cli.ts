/**
 * `tillproof agent …`: what an installer types on the gateway. Each command prints lines for
 * people, or with --json one object; errors are one line of cause and one of next step.
 */
import { hostname } from 'node:os'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { Command, InvalidArgumentError } from 'commander'
import { systemClock } from './clock.ts'
import { defaultHome, homePaths, loadConfig } from './config.ts'
import { loadIdentity } from './enrol/identity.ts'
import { type Tick, type TickState, ticksOf } from './health/ticks.ts'
import { findRunningAgent } from './local/client.ts'
import { portsCommand } from './ports/discover/cli.ts'
import { profilesCommand } from './profile/cli.ts'

const EXIT_CODES = `
Exit codes: 0 all well, 1 failed, 2 wrong usage.`
const SIGNS: Record<TickState, string> = { ok: '✓', warning: '!', failed: '✗', skipped: '–' }

export function agentCommand(): Command {
  return new Command('agent')
    .description('The agent on the machine’s gateway: enrol it, run it, look after it.')
    .addCommand(enrolCommand())
    .addCommand(runCommand())
    .addCommand(doctorCommand())
    .addCommand(statusCommand())
    .addCommand(redactCommand())
    .addCommand(auditCommand())
    .addCommand(portsCommand(print))
    .addCommand(profilesCommand(print))
    .addHelpText('after', EXIT_CODES)
}

type EnrolFlags = {
  server: string
  home: string
  model?: string
  controllerSerial: string
  kind?: string
  replace: boolean
  json: boolean
}

function enrolCommand(): Command {
  return withHome(new Command('enrol'))
    .description('Give this gateway its identity. The same command again resumes.')
    .argument('<code>', 'the one-time code on the enrolment slip')
    .requiredOption('--server <url>', 'the cloud’s address on the slip', checkedServer)
    .option('--model <name>', 'model of the machine (default: its kind)')
    .option('--controller-serial <serial>', 'serial of the machine’s controller', hostname())
    .option('--kind <kind>', 'kind of the machine (default: that of the profile in agent.yaml)')
    .option('--replace', 'move an existing identity aside; needs a new code', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', EXIT_CODES)
    .action(async (code: string, flags: EnrolFlags) => {
      const kind = flags.kind ?? configuredKind(flags.home)
      const { enrol } = await import('./enrol/enrol.ts')
      const identity = await enrol({
        ...flags,
        code,
        kind,
        model: flags.model ?? kind,
        clock: systemClock,
        say: line => flags.json || print(line),
      })
      const { deviceId, origin, cloudName } = identity
      if (flags.json) return print(JSON.stringify({ deviceId, origin, cloudName }))
      print(`This gateway is ${deviceId} of ${cloudName}. Next: tillproof agent run`)
    })
}

function runCommand(): Command {
  return withHome(new Command('run'))
    .description('Run the agent until it is stopped (SIGTERM or Ctrl-C).')
    .option('--node-red', 'start the Node-RED editor as well', false)
    .addHelpText('after', EXIT_CODES)
    .action(async ({ home, nodeRed }: { home: string; nodeRed: boolean }) => {
      const { runAgent } = await import('./main.ts')
      const agent = await runAgent({ home, nodeRed })
      print(`agent ${agent.deviceId} running, local API ${agent.url}`)
      if (agent.nodeRedUrl) print(`Node-RED editor ${agent.nodeRedUrl}`)
      await stopSignal()
      await agent.stop()
      // Half-made connections of the TLS stack would keep the process for up to 30 s.
      process.exit(0)
    })
}

function doctorCommand(): Command {
  return withHome(new Command('doctor'))
    .description('Examine this gateway from clock to receipt; a tick list.')
    .option('--fix', 'first put right what is safe to: permissions, leftovers, log level', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', EXIT_CODES)
    .action(async ({ home, fix, json }: { home: string; fix: boolean; json: boolean }) => {
      const { examine } = await import('./health/doctor.ts')
      const { repair } = await import('./health/repair.ts')
      const repairs = fix ? repair(homePaths(home)) : []
      if (!json) for (const { name, detail } of repairs) print(`+ ${name}: ${detail}`)
      const report = await examine(home, systemClock)
      if (json) print(JSON.stringify(fix ? { ...report, repairs } : report))
      else printTicks(report.ticks)
      process.exit(report.ok ? 0 : 1)
    })
}

function statusCommand(): Command {
  return withHome(new Command('status'))
    .description('What the running agent says of itself.')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', EXIT_CODES)
    .action(async ({ home, json }: { home: string; json: boolean }) => {
      const paths = homePaths(home)
      loadIdentity(paths.identity)
      const client = await findRunningAgent(paths)
      if (!client) throw notRunning(home)
      const status = await client.status()
      if (json) return print(JSON.stringify(status))
      print(`${status.machine} ${status.deviceId}, agent ${status.agentVersion}`)
      print(`status page: ${client.url}/?token=${client.token}`)
      printTicks(ticksOf(status))
    })
}

type AuditFlags = { home: string; collect?: string; json: boolean }

function auditCommand(): Command {
  return withHome(new Command('audit'))
    .description('Read the machine’s own audit (DEX or DDCMP) now, into its log.')
    .option('--collect <person>', 'a collection by this person: sets the interval counters back')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', EXIT_CODES)
    .action(async ({ home, collect, json }: AuditFlags) => {
      const client = await findRunningAgent(homePaths(home))
      if (!client) throw notRunning(home)
      if (!json) print('reading the audit; this takes some seconds, a minute on slow lines …')
      const request = collect === undefined ? {} : { collection: { requestedBy: collect } }
      const audit = await client.audit(request)
      if (json) return print(JSON.stringify(audit))
      const { index, vendsCount, vendsValue, g85, se, epochs, file } = audit
      print(`event ${index}: ${vendsCount ?? 'unknown'} vends of ${vendsValue ?? 'unknown'}, ever`)
      print(`checksum ${g85}, segment count ${se}`)
      if (epochs > 0) print(`${epochs} meters began a new life since the last audit`)
      if (file !== null) print(`whole audit: tillproof dex ${file}`)
    })
}

type RedactFlags = { home: string; index: number; reason: string; yes: boolean; json: boolean }

function redactCommand(): Command {
  return withHome(new Command('redact'))
    .description('Erase the personal data of one event here; the cloud erases its copy when told.')
    .requiredOption('--index <number>', 'which event of this machine’s log', checkedIndex)
    .requiredOption('--reason <text>', 'one line for everybody who may see the machine')
    .option('--yes', 'do not ask', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', EXIT_CODES)
    .action(async ({ home, index, reason, yes, json }: RedactFlags) => {
      const paths = homePaths(home)
      loadIdentity(paths.identity)
      const client = await findRunningAgent(paths)
      if (!client) throw notRunning(home)
      const { confirm } = await import('./local/confirm.ts')
      if (!yes) await confirm(`Erase the personal data of event ${index} for good?`)
      const toldBy = await client.redact(index, reason)
      if (json) print(JSON.stringify({ index, toldBy }))
      else print(`erased; event ${toldBy} says so`)
    })
}

function withHome(command: Command): Command {
  return command.option('--home <folder>', 'the agent’s folder', defaultHome())
}

function configuredKind(home: string): string {
  try {
    return loadConfig(home).machine.profile.kind
  } catch (error) {
    if (error instanceof TillproofError && error.code === 'config.missing') return 'virtual'
    throw error
  }
}

function checkedServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin
  throw new InvalidArgumentError('Write it as on the slip, like https://cloud.example.org.')
}

function checkedIndex(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Write it as a number, like 42.')
}

function notRunning(home: string): TillproofError {
  return new TillproofError(
    'agent.not-running',
    `No agent runs on ${home}.`,
    'Start it: tillproof agent run.',
  )
}

function printTicks(ticks: Tick[]): void {
  const width = Math.max(...ticks.map(({ name }) => name.length))
  for (const { name, state, detail, next } of ticks) {
    print(`${SIGNS[state]} ${name.padEnd(width)}  ${detail}`)
    if (next) print(`${' '.repeat(width + 4)}${next}`)
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
}
