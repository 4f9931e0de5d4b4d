/**
 * The demo's three machines and the agents at their sides: each agent is enrolled as an installer
 * does it, by a one-time code on the command line, and configured by its own agent.yaml.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import { enrolmentFile, IDENTITY_FILES } from '@tillproof/edge-agent/enrol/identity.ts'
import type { MachineSettings } from '@tillproof/edge-agent/profile/machine.ts'
import { type Enrolment, enrolment } from '@tillproof/shared/api/machines.ts'
import { plugAllIn } from '../machines/cables.ts'
import type { Api } from './api.ts'
import { tillproof } from './child.ts'
import { type DataFolder, writeJson } from './folder.ts'
import { runToEnd } from './run-to-end.ts'

export const machineNames = ['vending', 'chair', 'car'] as const
export type MachineName = (typeof machineNames)[number]
export type Devices = Record<MachineName, string>

type Make = {
  label: string
  kind: Enrolment['kind']
  site: string
  model: string
  serial: string
}

const makes: Record<MachineName, Make> = {
  vending: {
    label: 'Drinks, platform 2',
    kind: 'vending',
    site: 'Central Station',
    model: 'Combi 36',
    serial: 'VM-2201',
  },
  chair: {
    label: 'Massage chair, waiting room',
    kind: 'massage-chair',
    site: 'Central Station',
    model: 'Relax 8',
    serial: 'MC-0417',
  },
  car: {
    label: 'Shared car, north exit',
    kind: 'shared-car',
    site: 'Central Station',
    model: 'City E',
    serial: 'SC-1033',
  },
}

/** Enrols the agent of `name` unless it is already; answers its device id. */
export async function enrolAgent(
  folder: DataFolder,
  name: MachineName,
  operator: Api,
): Promise<string> {
  const paths = homePaths(folder.agent(name))
  const file = join(paths.identity, IDENTITY_FILES.enrolment)
  if (!existsSync(file)) await enrolByCode(paths.home, makes[name], operator)
  return enrolmentFile.parse(JSON.parse(readFileSync(file, 'utf8'))).deviceId
}

async function enrolByCode(home: string, make: Make, operator: Api): Promise<void> {
  const { label, kind, site, model, serial } = make
  const body = { label, kind, site }
  const slip: Enrolment = await operator.post('/api/v1/enrolments', body, enrolment)
  const options = ['--server', operator.address, '--home', home, '--kind', kind]
  const plate = ['--model', model, '--controller-serial', serial]
  await runToEnd(process.execPath, [
    ...tillproof,
    ...['agent', 'enrol', slip.code, ...options, ...plate],
  ])
}

/**
 * Writes the agent's settings for the lines that the machine has opened, and where the cloud is in
 * this run: its ports may have been taken since the enrolment. JSON is YAML.
 */
export function configureAgent(
  folder: DataFolder,
  name: MachineName,
  machine: MachineSettings,
  cloud: { server: string; mqttPort: number },
): void {
  mkdirSync(folder.agent(name), { recursive: true, mode: 0o700 })
  const { server, mqttPort: port } = cloud
  const settings = { machine, server, broker: { port }, seal: { intervalMs: 500 } }
  writeFileSync(homePaths(folder.agent(name)).config, `${JSON.stringify(settings, null, 2)}\n`)
}

/**
 * No customers yet: those of an earlier start would come before the agents stand there. Cables that
 * were pulled then are put back.
 */
export function closeForBusiness(folder: DataFolder): void {
  rmSync(join(folder.machines, 'devices.json'), { force: true })
  plugAllIn(folder.machines)
}

/** Tells the machines' process whose agents stand beside them: customers may come. */
export function openForBusiness(folder: DataFolder, devices: Devices): void {
  writeJson(join(folder.machines, 'devices.json'), devices)
}
