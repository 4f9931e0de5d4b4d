/** From what seems to be on the lines to the profile that fits best, and its agent.yaml. Pure. */
import type { DriverName } from '../../profile/driver-traits.ts'
import type { MachineProfile } from '../../profile/schema.ts'

export type FoundLine = { path: string; driver: DriverName; baud: number | null }
export type Suggestion = {
  profile: string
  title: string
  /** Ports of the profile that no line was found for. */
  missing: string[]
  /** Ready for agent.yaml. */
  yaml: string
}

/** Null when no line fits any profile. Of equal ones the first is taken. */
export function suggest(
  profiles: readonly MachineProfile[],
  lines: readonly FoundLine[],
): Suggestion | null {
  let best: { profile: MachineProfile; taken: Map<string, FoundLine>; score: number } | undefined
  for (const profile of profiles) {
    const taken = assign(profile, lines)
    const score = 2 * taken.size - Object.keys(profile.ports).length
    if (taken.size > 0 && (best === undefined || score > best.score)) {
      best = { profile, taken, score }
    }
  }
  if (best === undefined) return null
  const { profile, taken } = best
  const missing = Object.keys(profile.ports).filter(port => !taken.has(port))
  const yaml = yamlOf(profile, taken)
  return { profile: profile.profile, title: profile.title.en, missing, yaml }
}

function assign(profile: MachineProfile, lines: readonly FoundLine[]): Map<string, FoundLine> {
  const left = [...lines]
  const taken = new Map<string, FoundLine>()
  for (const [port, { driver }] of Object.entries(profile.ports)) {
    const at = left.findIndex(line => line.driver === driver)
    const [line] = at < 0 ? [] : left.splice(at, 1)
    if (line !== undefined) taken.set(port, line)
  }
  return taken
}

function yamlOf({ profile, ports }: MachineProfile, taken: Map<string, FoundLine>): string {
  const lines = Object.entries(ports).map(([port, { title }]) => {
    const line = taken.get(port)
    if (line === undefined) return `    # ${port}: { path: … }   not found: ${title.en}`
    const baud = line.baud === null ? '' : `, baud: ${line.baud}`
    return `    ${port}: { path: ${line.path}${baud} }`
  })
  return ['machine:', `  profile: ${profile}`, '  ports:', ...lines].join('\n')
}
