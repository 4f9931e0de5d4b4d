/**
 * `tillproof agent doctor`: one tick list from clock to receipt. With the agent running it asks
 * it; without, it looks at the files and sends its test event by itself.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { startVirtualAgent } from '../agent.ts'
import type { Clock } from '../clock.ts'
import { type AgentConfig, type HomePaths, homePaths, loadConfig } from '../config.ts'
import { type Identity, loadIdentity } from '../enrol/identity.ts'
import { findRunningAgent, type LocalClient } from '../local/client.ts'
import { freeDiskTick, journalTick, keysTick } from './files.ts'
import { brokerTick, clockTick, editorTick, nameTick } from './probes.ts'
import { recordTest } from './test-event.ts'
import { ok, type Tick, tick, ticksOf } from './ticks.ts'

export type DoctorReport = {
  deviceId: string | null
  /** False when one tick failed; warnings do not count. */
  ok: boolean
  ticks: Tick[]
}

/** How long the test event may take to the cloud and back. */
const RECEIPT_WAIT_MS = 20_000

/** Never throws for what is wrong with the gateway: that is what the ticks are for. */
export async function examine(
  home: string,
  clock: Clock,
  receiptWaitMs = RECEIPT_WAIT_MS,
): Promise<DoctorReport> {
  const paths = homePaths(home)
  const ticks: Tick[] = []
  const settings = attempt('settings', () => loadConfig(home))
  const identity = attempt('identity', () =>
    redirected(loadIdentity(paths.identity), settings.value),
  )
  ticks.push(settings.tick(describeMachine))
  ticks.push(identity.tick(who => `${who.deviceId} of ${who.cloudName}, epoch ${who.epoch}`))
  if (identity.value)
    ticks.push(...(await examineIdentity(paths, identity.value, clock, receiptWaitMs)))
  const isOk = ticks.every(({ state }) => state !== 'failed')
  return { deviceId: identity.value?.deviceId ?? null, ok: isOk, ticks }
}

/** The cloud may have moved since the enrolment. */
function redirected(identity: Identity, config: AgentConfig | undefined): Identity {
  const { broker = {}, server = identity.server } = config ?? {}
  const { host = identity.mqttHost, port = identity.mqttPort } = broker
  return { ...identity, server, mqttHost: host, mqttPort: port }
}

function describeMachine({ machine }: AgentConfig): string {
  const { profile, lines } = machine
  const ports = Object.keys(lines).join(', ') || 'no ports'
  return `${profile.title.en}: profile ${profile.profile}, ${ports}`
}

async function examineIdentity(
  paths: HomePaths,
  identity: Identity,
  clock: Clock,
  receiptWaitMs: number,
) {
  const client = await findRunningAgent(paths)
  const fromAgent = client ? await statusTicks(client) : [notRunning()]
  return [
    keysTick(paths),
    await clockTick(identity.server, () => clock.nowMs()),
    await nameTick(identity.mqttHost),
    await brokerTick(identity),
    // A running agent tells about its disk itself.
    ...(client ? [] : [freeDiskTick(paths)]),
    ...fromAgent,
    journalTick(paths.journal),
    await testTick(paths, identity, client, receiptWaitMs),
  ]
}

async function statusTicks(client: LocalClient): Promise<Tick[]> {
  const status = await client.status()
  const editor = status.nodeRed ? [await editorTick(status.nodeRed.url)] : []
  return [ok('agent', `running at ${client.url}`), ...ticksOf(status), ...editor]
}

function notRunning(): Tick {
  return tick('agent', 'warning', 'it does not run', 'Start it: tillproof agent run.')
}

/** A signed test event that the cloud confirms by its receipt: the whole way in one tick. */
async function testTick(
  paths: HomePaths,
  identity: Identity,
  client: LocalClient | undefined,
  waitMs: number,
): Promise<Tick> {
  const name = 'test event'
  try {
    const { index, receipted } = client
      ? await client.recordTest(waitMs)
      : await testAlone(paths, identity, waitMs)
    if (receipted) return ok(name, `event ${index} is signed and confirmed by the cloud`)
    const next = 'It is kept and sent later. Look at the ticks above for the reason.'
    return tick(name, 'failed', `event ${index}: no receipt within ${waitMs / 1000} s`, next)
  } catch (error) {
    const next = error instanceof TillproofError ? error.next : 'Run the doctor again.'
    return tick(name, 'failed', error instanceof Error ? error.message : String(error), next)
  }
}

async function testAlone(paths: HomePaths, identity: Identity, waitMs: number) {
  const agent = await startVirtualAgent({
    identityFolder: paths.identity,
    journalPath: paths.journal,
    broker: { host: identity.mqttHost, port: identity.mqttPort },
  })
  try {
    return await recordTest(agent, waitMs)
  } finally {
    await agent.stop()
  }
}

/** Loads something, or keeps its coded error for the tick. */
function attempt<Value>(name: string, load: () => Value) {
  try {
    const value = load()
    return { value, tick: (describe: (value: Value) => string) => ok(name, describe(value)) }
  } catch (error) {
    if (!(error instanceof TillproofError)) throw error
    const { message, next } = error
    return { value: undefined, tick: () => tick(name, 'failed', message, next) }
  }
}
