/** `tillproof agent profiles`: which machines the agent knows, and whether a profile is good. */
import { textTable } from '@tillproof/firmware-bridge/text-table.ts'
import { Command } from 'commander'
import { traitsOf } from './driver-traits.ts'
import { type LoadedProfile, loadMachineProfile, shippedProfiles } from './load.ts'

type Flags = { json: boolean }

const HELP = `
With a name or the path of a file of your own: checks it and tells what it says.
Exit codes: 0 good, 1 refused with all faults, 2 wrong usage.`

export function profilesCommand(print: (line: string) => void): Command {
  return new Command('profiles')
    .description('The machine profiles that come with the agent; or check one of your own.')
    .argument('[profile]', 'name of a profile, or path of a YAML file')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', HELP)
    .action((wanted: string | undefined, { json }: Flags) => {
      const names = wanted === undefined ? shippedProfiles() : [wanted]
      const loaded = names.map(name => loadMachineProfile(name, '.'))
      if (json)
        return print(JSON.stringify(loaded.map(({ profile, hash }) => ({ ...profile, hash }))))
      const lines = wanted === undefined ? overview(loaded) : loaded.flatMap(describe)
      for (const line of lines) print(line)
    })
}

function overview(loaded: readonly LoadedProfile[]): string[] {
  const columns = ['profile', 'machine', 'ports'].map(title => ({ title }))
  const rows = loaded.map(({ profile }) => {
    return [profile.profile, profile.title.en, Object.keys(profile.ports).join(', ')]
  })
  return textTable(columns, rows)
}

function describe({ profile, hash }: LoadedProfile): string[] {
  const columns = ['port', 'driver', 'line', 'needed', 'what it is'].map(title => ({ title }))
  const rows = Object.entries(profile.ports).map(([name, { driver, needed, baud, title }]) => {
    const { lines, baud: usual } = traitsOf(driver)
    const line = `${lines.join(' or ')}, ${baud ?? usual} baud`
    return [name, driver, line, needed ? 'yes' : 'no', title.en]
  })
  const meters = Object.entries(profile.meters).map(([name, { unit, bits, falls }]) => {
    const says = falls === 'never' ? 'never falls' : 'may fall'
    return `  meter ${name}: ${unit}, ${bits} bits, ${says}`
  })
  const witnesses = profile.corroboration.map(({ claim, by, of }) => {
    return `  ${claim} is corroborated by ${by} ${of}`
  })
  return [
    `${profile.profile}, version ${profile.version}: ${profile.title.en}`,
    profile.describes,
    `sells by: ${profile.session.kind}`,
    ...textTable(columns, rows),
    ...meters,
    ...witnesses,
    `file sha256 ${hash}`,
  ]
}
