/**
 * The whole of Tillproof on one computer: every part a process of its own, in the order in which
 * each needs the one before. `startDemo` is the table of contents.
 */
import type { Loan } from '@tillproof/shared/api/lending.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { MachinePorts } from '../machines/ports-file.ts'
import { agree } from './agreement.ts'
import { buildDashboard } from './build.ts'
import { type Crew, gatherCrew } from './crew.ts'
import { type DataFolder, dataFolder, emptyFolder, takeOver } from './folder.ts'
import { grantSight } from './grants.ts'
import { lend, secondPledge } from './loan.ts'
import {
  closeForBusiness,
  configureAgent,
  type Devices,
  enrolAgent,
  machineNames,
  openForBusiness,
} from './machines.ts'
import { type Actors, bootstrap, enter } from './parties.ts'
import { agentPart, cloudPart, machinesPart, sandboxPart } from './parts.ts'
import { chooseSettings, type Settings } from './settings.ts'
import { seatWitness } from './witness.ts'

export type DemoOptions = {
  data: string
  reset?: boolean
  port?: number
  seed?: number
  /** The broker as a process of its own, so that it can be killed alone. */
  separateBroker?: boolean
  /** Mean time between customers of a machine; else the machines' own default. */
  meanCustomerWaitMs?: number
  /** Told each step as it begins, one line each. */
  say: (line: string) => void
}

export type Demo = {
  address: string
  /** JSON-RPC of the chain that anchors are on. */
  chainRpc: string
  folder: DataFolder
  settings: Settings
  crew: Crew
  actors: Actors
  devices: Devices
  loan: Loan
  /** Stops every part, agents first, the database last; whatever was committed stays. */
  stop(): Promise<void>
}

/** Brings everything up and lets customers come. A failure stops what was started already. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { say } = options
  const folder = dataFolder(options.data)
  const left = await takeOver(folder)
  if (left.length > 0) say(`a run before was cut off: stopped its ${left.join(', ')}`)
  if (options.reset === true) await emptyFolder(folder)
  const crew = gatherCrew(folder, say)
  const interrupted = new AbortController()
  const stopOnSignal = () => {
    interrupted.abort()
    void crew.stopAll()
  }
  process.once('SIGINT', stopOnSignal).once('SIGTERM', stopOnSignal)
  try {
    return await bringUp(options, folder, crew)
  } catch (error) {
    await crew.stopAll()
    throw interrupted.signal.aborted ? stoppedEarly() : error
  } finally {
    process.off('SIGINT', stopOnSignal).off('SIGTERM', stopOnSignal)
  }
}

function stoppedEarly(): TillproofError {
  return new TillproofError('demo.interrupted', 'stopped while starting', 'npm start begins again')
}

async function bringUp(options: DemoOptions, folder: DataFolder, crew: Crew): Promise<Demo> {
  const { say } = options
  const settings = await chooseSettings(folder, options)
  const address = `http://127.0.0.1:${settings.ports.api}`
  say('building the dashboard')
  await buildDashboard()
  say('payment company')
  await crew.start(sandboxPart(folder, settings))
  say('cloud: database, chain, broker, ingest, workers, API')
  const chainRpc = await startCloud(crew, folder, settings, options.separateBroker ?? false)
  say('witness of the lender')
  await seatWitness(crew, folder, settings)
  say('organisations and sign-ins')
  const actors = await enter(address, await bootstrap(folder, ['--data', folder.root]))
  say('three machines on their lines, their agents enrolled by one-time codes')
  const devices = await setUpMachines(crew, folder, settings, actors, options)
  say('grant to the lender, loan on the machines, an agreement for each signed by all')
  await grantSight(actors)
  const loan = await lend(actors, Object.values(devices))
  say(`second pledge of the same machine: ${await secondPledge(actors, devices.vending)}`)
  await agree(actors, devices, loan)
  await Promise.all(machineNames.map(name => crew.start(agentPart(folder, name))))
  openForBusiness(folder, devices)
  crew.note({ address, signIns: Object.values(actors).map(({ signIn }) => signIn) })
  const stop = () => crew.stopAll()
  return { address, chainRpc, folder, settings, crew, actors, devices, loan, stop }
}

async function startCloud(
  crew: Crew,
  folder: DataFolder,
  settings: Settings,
  separateBroker: boolean,
): Promise<string> {
  const roles = separateBroker ? 'embedded,ingest,worker,api' : 'all'
  const cloud = await crew.start(cloudPart(folder, settings, 'cloud', roles))
  if (separateBroker) await crew.start(cloudPart(folder, settings, 'broker', 'broker'))
  const { chainRpc } = await cloud.ready()
  return String(chainRpc)
}

async function setUpMachines(
  crew: Crew,
  folder: DataFolder,
  settings: Settings,
  { operator }: Actors,
  options: DemoOptions,
): Promise<Devices> {
  closeForBusiness(folder)
  const machines = await crew.start(machinesPart(folder, settings, options))
  const { ports } = (await machines.ready()) as { ports: MachinePorts }
  const ids = machineNames.map(async name => {
    const cloud = { server: operator.api.address, mqttPort: settings.ports.mqtt }
    configureAgent(folder, name, ports[name], cloud)
    return [name, await enrolAgent(folder, name, operator.api)] as const
  })
  return Object.fromEntries(await Promise.all(ids)) as Devices
}
