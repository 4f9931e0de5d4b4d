/** `tillproof agent ports`: what is plugged into this gateway, as far as listening tells. */
import { loadMachineProfile, shippedProfiles } from '../../profile/load.ts'
import { type Holder, holdersOf } from './holders.ts'
import { hintOf, type UsbIds } from './known-usb.ts'
import { type ListedPort, listPorts } from './list.ts'
import { type Heard, listenOn } from './listen.ts'
import type { Guess } from './recognise.ts'
import { type FoundLine, type Suggestion, suggest } from './suggest.ts'

export type DiscoverOptions = {
  /** Lines to look at besides the USB adapters. */
  named: readonly string[]
  /** Asks silent Qibixx adapters, and lines that were named, for their version. */
  probe: boolean
  listenMs: number
  /** Told each line before it is listened to. */
  say(line: string): void
}

export type DiscoveredPort = {
  path: string
  stablePath: string | null
  usb: UsbIds | null
  /** What the USB ids tell. */
  adapter: string | null
  heldBy: Holder | null
  state: 'free' | 'held' | 'cannot-be-opened'
  seems: (Guess & { baud: number | null }) | null
  /** One line for people. */
  detail: string
}
export type Discovery = { ports: DiscoveredPort[]; suggestion: Suggestion | null }

export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const listed = await listPorts(options.named)
  const holders = holdersOf(listed.map(({ path }) => path))
  const ports = await Promise.all(
    listed.map(port => lookAt(options, port, holders.get(port.path) ?? null)),
  )
  const lines = ports.flatMap(({ path, stablePath, seems }): FoundLine[] => {
    if (seems === null) return []
    return [{ path: stablePath ?? path, driver: seems.driver, baud: seems.baud }]
  })
  const profiles = shippedProfiles().map(name => loadMachineProfile(name, '.').profile)
  return { ports, suggestion: suggest(profiles, lines) }
}

async function lookAt(
  options: DiscoverOptions,
  listed: ListedPort,
  heldBy: Holder | null,
): Promise<DiscoveredPort> {
  const hint = listed.usb && hintOf(listed.usb)
  const adapter = hint?.name ?? null
  const known = { ...listed, adapter, heldBy, seems: null }
  if (heldBy !== null) {
    const detail = `held by process ${heldBy.pid} (${heldBy.command}): not listened to`
    return { ...known, state: 'held', detail }
  }
  options.say(`listening on ${listed.path}`)
  const isNamed = options.named.includes(listed.path)
  const ask = options.probe && (isNamed || hint?.driver === 'mdb-reader')
  const heard = await listenOn({ path: listed.path, listenMs: options.listenMs, ask })
  if ('unopened' in heard) return { ...known, state: 'cannot-be-opened', detail: heard.unopened }
  const seems = seemsOf(heard, hint?.driver ?? null, adapter)
  return { ...known, state: 'free', seems, detail: seems?.why ?? silence(heard) }
}

function seemsOf(
  { guess, baud }: Heard,
  byUsb: Guess['driver'] | null,
  adapter: string | null,
): DiscoveredPort['seems'] {
  if (guess !== null) return { ...guess, baud }
  return byUsb === null
    ? null
    : { driver: byUsb, why: `${adapter ?? 'adapter'} by its USB ids`, baud }
}

function silence({ bytes }: Heard): string {
  if (bytes > 0) return `said ${bytes} bytes that none of our protocols says`
  return 'silent: show a code to a scanner, or use the machine, and look again'
}
