/** `tillproof sim machine`: one simulated machine on a pseudo-terminal, for anybody to talk to. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Argument, Command, Option } from 'commander'
import { wholeNumber } from '../cli/options.ts'
import { FAULT_NAMES, FAULTS, type FaultName } from './faults.ts'
import { type MachineProtocol, PROTOCOLS, type ProtocolName } from './protocols.ts'

type Options = { fault?: FaultName; path?: string; every: number; map: string; json?: true }

const NAMES = Object.keys(PROTOCOLS) as ProtocolName[]

const after = `
Protocols:
${NAMES.map(name => `  ${name.padEnd(17)} ${PROTOCOLS[name].says}`).join('\n')}

Faults:
${FAULT_NAMES.map(name => `  ${name.padEnd(17)} ${FAULTS[name]}`).join('\n')}

The first line is the path of the pseudo-terminal: open it as you would the machine's cable. Then
a line for each thing that really happens at the machine, to hold your readings against. Every
fault but noise, double-report and stuck strikes once. Ends with Ctrl-C.

  tillproof sim machine dex --fault torn-frame
  tillproof sim machine modbus --map energy-meter-sdm --path /tmp/meter`

export function machineCommand(): Command {
  return new Command('machine')
    .description('One simulated machine on a pseudo-terminal, in good order or with a fault.')
    .addArgument(new Argument('<protocol>', 'what it speaks').choices(NAMES))
    .addOption(new Option('--fault <name>', 'what its line does wrong').choices(FAULT_NAMES))
    .option('--path <file>', 'where its port appears (default: in a temporary folder)')
    .option('--every <ms>', 'somebody comes as often', wholeNumber, 2000)
    .option('--map <name>', 'register map of a modbus box, by name or path', 'vending-controller')
    .option('--json', 'every line as an object of JSON')
    .addHelpText('after', after)
    .action(run)
}

async function run(name: ProtocolName, options: Options, command: Command): Promise<void> {
  const protocol: MachineProtocol = PROTOCOLS[name]
  const fault = options.fault ?? null
  if (fault !== null && !protocol.faults.includes(fault)) {
    command.error(`error: a ${name} machine has no fault ${fault}`, { exitCode: 2 })
  }
  const own = options.path === undefined ? mkdtempSync(join(tmpdir(), 'tillproof-machine-')) : null
  const path = resolve(own === null ? (options.path ?? name) : join(own, name))
  mkdirSync(dirname(path), { recursive: true })
  const machine = protocol.start({ path, fault, map: options.map })
  const { baud } = protocol
  tell(options.json ? { protocol: name, path, baud, fault } : path)
  let turn = 0
  const acting = setInterval(() => {
    const happened = machine.act(++turn)
    tell(options.json ? { turn, happened } : happened)
  }, options.every)
  await ended()
  clearInterval(acting)
  machine.stop()
  if (own !== null) rmSync(own, { recursive: true, force: true })
  // Its timers may still be running; nobody waits for what they would do.
  process.exit(0)
}

function tell(line: string | object): void {
  process.stdout.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
}

function ended(): Promise<unknown> {
  return new Promise(resolve => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}
