/**
 * `tillproof`: the one command that leads to everything. Each part brings its own command; it is
 * loaded only when asked for, so that `agent status` on a small gateway never loads the cloud.
 */
import { Command } from 'commander'
import { exitCodes, reportFailure } from './failure.ts'
import { surroundings } from './surroundings.ts'

type Entry = { name: string; summary: string; load: () => Promise<Command> }

const entries: Entry[] = [
  {
    name: 'start',
    summary: 'the whole of Tillproof with three simulated machines, for trying it out',
    load: async () => (await import('../demo/cli.ts')).startCommand(),
  },
  {
    name: 'agent',
    summary: 'the daemon on a machine: enrol, run, doctor',
    load: async () => (await import('@tillproof/edge-agent/cli.ts')).agentCommand(),
  },
  {
    name: 'cloud',
    summary: 'the backend: run its roles, bootstrap organisations',
    load: async () => (await import('@tillproof/cloud/cli.ts')).cloudCommand(),
  },
  {
    name: 'ledger',
    summary: 'check that every posting balances and every balance is the sum of its legs',
    load: async () => (await import('@tillproof/cloud/money/ledger/cli.ts')).ledgerCommand(),
  },
  {
    name: 'witness',
    summary: 'cosign a log from your own premises',
    load: async () => (await import('@tillproof/witness/cli.ts')).witnessCommand(),
  },
  {
    name: 'verify',
    summary: 'verify a downloaded proof bundle offline, against your own policy',
    load: async () => (await import('@tillproof/witness/cli.ts')).verifyCommand(),
  },
  {
    name: 'bundle',
    summary: 'download the proof of a sale, or of a machine’s events',
    load: async () => (await import('@tillproof/witness/cli.ts')).bundleCommand(),
  },
  {
    name: 'data',
    summary: 'erase the personal data of an event, in the cloud and on its machine',
    load: async () => (await import('./data.ts')).dataCommand(),
  },
  {
    name: 'log',
    summary: 'follow a cloud’s transparency log from outside, and keep the proof of each lie',
    load: async () => (await import('@tillproof/witness/cli.ts')).logCommand(),
  },
  {
    name: 'tlog',
    summary: 'check Merkle proofs against published test vectors',
    load: async () => (await import('@tillproof/witness/cli.ts')).tlogCommand(),
  },
  {
    name: 'note',
    summary: 'verify a C2SP signed note with keys you trust',
    load: async () => (await import('@tillproof/witness/cli.ts')).noteCommand(),
  },
  {
    name: 'split',
    summary: 'run, format or explain a split script, or run its specifications',
    load: async () => (await import('./split.ts')).splitCommand(),
  },
  {
    name: 'dex',
    summary: 'read an EVA-DTS audit file: products, meters, cash, events, and what adds up',
    load: async () => (await import('@tillproof/firmware-bridge/cli.ts')).dexCommand(surroundings),
  },
  {
    name: 'nmea',
    summary: 'read a GNSS recording: fixes believed, and refused with reasons',
    load: async () => (await import('@tillproof/firmware-bridge/cli.ts')).nmeaCommand(surroundings),
  },
  {
    name: 'bench',
    summary: 'measure what the parts cost on this machine, as ratios with targets',
    load: async () => (await import('../bench/cli.ts')).benchCommand(),
  },
  {
    name: 'sim',
    summary: 'the world outside: payment company, fleets of machines, storms of faults',
    load: async () => (await import('./sim.ts')).simCommand(),
  },
]

const argv = process.argv.length > 2 ? process.argv.slice(2) : ['--help']
// Whoever reads us may stop reading (`| head`): then there is nobody left to tell anything.
process.stdout.on('error', () => process.exit())
try {
  const program = await programFor(argv[0])
  await program.parseAsync(argv, { from: 'user' })
} catch (error) {
  // At once: what a half-started part still holds open must not keep a failed command alive.
  process.exit(reportFailure(error, argv))
}

/** The program with the asked command loaded and the others by name and summary only. */
async function programFor(asked: string | undefined): Promise<Command> {
  const program = new Command('tillproof')
    .description('Machines that earn money, proven from the serial byte to the lender’s ledger.')
    .addHelpText('after', `\n${exitCodes}\n\nEach command has its own --help.`)
    .helpCommand(false)
  for (const { name, summary, load } of entries) {
    const command = name === asked ? await load() : new Command(name)
    program.addCommand(command.name(name).summary(summary))
  }
  return strict(program)
}

/** Usage faults are thrown, not printed and exited on, so that they look like all others. */
function strict(command: Command): Command {
  command.exitOverride().configureOutput({ outputError: () => {} })
  command.showSuggestionAfterError(true)
  for (const child of command.commands) strict(child)
  return command
}
