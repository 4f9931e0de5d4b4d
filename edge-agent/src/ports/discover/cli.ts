/** `tillproof agent ports`, as a command and as text. */
import { plain, textTable } from '@tillproof/firmware-bridge/text-table.ts'
import { Command, InvalidArgumentError } from 'commander'
import { type DiscoveredPort, type Discovery, discover } from './discover.ts'

type Flags = { json: boolean; probe: boolean; seconds: number }

export function portsCommand(print: (line: string) => void): Command {
  return new Command('ports')
    .description('What is plugged in: serial ports, what seems to be on each, a fitting profile.')
    .argument('[paths...]', 'lines to look at besides the USB adapters, like /dev/ttyS1')
    .option('--probe', 'ask silent Qibixx adapters and the lines named for their version', false)
    .option('--seconds <n>', 'how long to listen at each of four speeds', positive, 2)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', HELP)
    .action(async (named: string[], { json, probe, seconds }: Flags) => {
      const say = (line: string) => void (json || process.stderr.write(`${line}\n`))
      const found = await discover({ named, probe, listenMs: seconds * 1000, say })
      if (json) print(JSON.stringify(found))
      else for (const line of describe(found)) print(line)
    })
}

const HELP = `
Only listens, unless --probe is given; lines that another program holds are left alone.
Exit codes: 0 all well, 1 failed, 2 wrong usage.`

function positive(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value <= 60) return value
  throw new InvalidArgumentError('Give seconds between 0 and 60.')
}

/** Lines for people. */
export function describe({ ports, suggestion }: Discovery): string[] {
  if (ports.length === 0) return NOTHING
  const table = textTable(
    ['port', 'adapter', 'seems to be', 'detail'].map(title => ({ title })),
    ports.map(row),
  )
  if (suggestion === null) return [...table, '', 'No profile fits yet: docs/operating/machines.md.']
  const { profile, title, missing, yaml } = suggestion
  const lack = missing.length === 0 ? '' : `; not found: ${missing.join(', ')}`
  return [...table, '', `Fits: ${profile} (${title})${lack}. For agent.yaml:`, '', yaml]
}

function row({ path, stablePath, adapter, seems, detail }: DiscoveredPort): string[] {
  return [stablePath ?? path, adapter ?? '', seems?.driver ?? '', plain(detail)]
}

const NOTHING = [
  'No serial adapter is plugged in.',
  'Plug in what the machine needs (docs/operating/machines.md says which cable and adapter), or',
  'name a line of the board itself: tillproof agent ports /dev/ttyS1',
]
