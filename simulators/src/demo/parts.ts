/**
 * The processes of the demo as command lines: the same commands that run each part in production,
 * with folders and ports filled in.
 */
import { join } from 'node:path'
import { tillproof } from './child.ts'
import type { CrewSpec } from './crew.ts'
import type { DataFolder } from './folder.ts'
import type { MachineName } from './machines.ts'
import type { Settings } from './settings.ts'

const anchorEveryMs = 4000
/** The company's day, so that a visitor sees sales settled. */
const billEveryMs = 5000

export function sandboxPart(folder: DataFolder, { ports }: Settings): CrewSpec {
  const args = ['sim', 'sandbox', '--dir', folder.sandbox, '--port', String(ports.sandbox)]
  args.push('--bill-every-ms', String(billEveryMs))
  return { name: 'sandbox', group: 'payments', args: [...tillproof, ...args] }
}

/** One cloud process with the given roles; several share the folder and with it the database. */
export function cloudPart(folder: DataFolder, settings: Settings, name: string, roles: string) {
  const { ports } = settings
  const args = [
    ...['cloud', 'run', '--role', roles, '--data', folder.root],
    ...['--port', String(ports.api), '--mqtt-port', String(ports.mqtt)],
    ...['--sandbox-credentials', join(folder.sandbox, 'merchant.json')],
    ...['--anchor-every-ms', String(anchorEveryMs)],
  ]
  return { name, group: name, args: [...tillproof, ...args] } satisfies CrewSpec
}

export function witnessPart(folder: DataFolder, { ports }: Settings): CrewSpec {
  const args = ['witness', 'run', '--dir', folder.witness, '--port', String(ports.witness)]
  return { name: 'witness', group: 'witness', args: [...tillproof, ...args, '--json'] }
}

export function machinesPart(
  folder: DataFolder,
  settings: Settings,
  { meanCustomerWaitMs }: { meanCustomerWaitMs?: number },
): CrewSpec {
  const file = join(import.meta.dirname, '../machines/main.ts')
  const cloud = `http://127.0.0.1:${settings.ports.api}`
  const options = ['--cloud', cloud, '--dir', folder.machines, '--seed', String(settings.seed)]
  if (meanCustomerWaitMs !== undefined) options.push('--mean-wait-ms', String(meanCustomerWaitMs))
  const args = ['--disable-warning=ExperimentalWarning', file, ...options]
  return { name: 'machines', group: 'machines', args }
}

export function agentPart(folder: DataFolder, name: MachineName): CrewSpec {
  const args = ['agent', 'run', '--home', folder.agent(name)]
  const readyWords = /^agent \S+ running/
  return { name: `agent-${name}`, group: 'agents', args: [...tillproof, ...args], readyWords }
}
