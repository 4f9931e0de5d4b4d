/** `tillproof sim unplug` and `replug`: pulls a cable of the running demo, and puts it back. */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { Argument, Command } from 'commander'
import { dataFolder, readRunFile } from '../demo/folder.ts'
import {
  ALL_CABLES,
  CABLES,
  type Cable,
  leaveLoose,
  looseCables,
  type MachineName,
} from './cables.ts'

type Options = { data: string; json: boolean }

export function unplugCommand(): Command {
  return cableCommand(
    'unplug',
    'Pull a cable of a machine of the running demo.',
    (loose, cable) => [...loose, cable],
  )
}

export function replugCommand(): Command {
  return cableCommand('replug', 'Put a pulled cable back.', (loose, cable) =>
    loose.filter(each => each !== cable),
  )
}

const after = `
Cables: ${ALL_CABLES.map(cable => cable.replace('.', ' ')).join(', ')}.

Watch it with: tillproof agent status --home <data folder>/agents/<machine>
Exit codes: 0 done, 1 no demo runs in the folder, 2 wrong usage.`

function cableCommand(
  name: string,
  description: string,
  change: (loose: Cable[], cable: Cable) => Cable[],
): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<machine>', 'which machine').choices(Object.keys(CABLES)))
    .argument('<port>', 'which of its ports')
    .option('--data <folder>', 'data folder of the running demo', '.tillproof')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', after)
    .action((machine: MachineName, port: string, { data, json }: Options, command: Command) => {
      const cable = ALL_CABLES.find(each => each === `${machine}.${port}`)
      if (cable === undefined) {
        const ports = CABLES[machine].join(', ')
        return command.error(`error: ${machine} has no port ${port}; it has ${ports}`, {
          exitCode: 2,
        })
      }
      const { machines, root } = running(data)
      const loose = change(looseCables(machines), cable)
      leaveLoose(machines, loose)
      const out = loose.length === 0 ? 'all cables are in' : `out: ${loose.join(', ')}`
      const text = json ? JSON.stringify({ data: root, unplugged: loose }) : out
      process.stdout.write(`${text}\n`)
    })
}

function running(data: string) {
  const folder = dataFolder(data)
  if (readRunFile(folder)?.address !== undefined) return folder
  throw new TillproofError(
    'cables.no-demo',
    `no demo runs in ${folder.root}`,
    'start it with npm start in another terminal, or name its folder with --data',
  )
}
