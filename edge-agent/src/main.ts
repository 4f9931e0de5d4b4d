/**
 * The agent daemon: identity and settings -> journal, seal, uplink -> drivers -> local API.
 * Only wiring; `runAgent` starts the parts in the order the data takes and stops them backwards.
 */
import { type Logger, pino } from 'pino'
import { cloudVerifier, startVirtualAgent, type VirtualAgent } from './agent.ts'
import { systemClock } from './clock.ts'
import { type AgentConfig, type HomePaths, homePaths, loadConfig } from './config.ts'
import { obeyAuditOrders } from './downlink/audit-order.ts'
import type { AuditOutcome } from './drivers/audit.ts'
import type { Drivers } from './drivers/drivers.ts'
import { noSaleBecause } from './drivers/on-sale.ts'
import { startDrivers } from './drivers/start.ts'
import { type AgentStatus, freeBytes } from './health/status.ts'
import { recordTest } from './health/test-event.ts'
import { loadToken, removeAddress, writeAddress } from './local/access.ts'
import { type NodeRed, startNodeRed } from './local/node-red.ts'
import { startLocalServer } from './local/server.ts'
import { AGENT_VERSION } from './version.ts'

export { startVirtualAgent, type VirtualAgent, type VirtualAgentOptions } from './agent.ts'

export type RunOptions = {
  home: string
  /** Starts the Node-RED editor as a child. */
  nodeRed?: boolean
  log?: Logger
}
export type RunningAgent = {
  deviceId: string
  /** Base URL of the local API. */
  url: string
  nodeRedUrl: string | undefined
  status(): AgentStatus
  /** Clean: facts recorded and sealed, lines closed, lock given back. */
  stop(): Promise<void>
}

/** Throws the coded errors of settings, identity, journal and local API; never of the network. */
export async function runAgent({ home, nodeRed = false, log }: RunOptions): Promise<RunningAgent> {
  const paths = homePaths(home)
  const config = loadConfig(home)
  const logger = log ?? pino({ level: config.log.level })
  const machine: MachineParts = {}
  const agent = await startVirtualAgent({
    identityFolder: paths.identity,
    journalPath: paths.journal,
    sealIntervalMs: config.seal.intervalMs,
    uplink: config.uplink,
    broker: config.broker,
    profile: profileOf(config),
    telemetryPerHour:
      config.journal.telemetryPerHour ?? config.machine.profile.limits.eventsPerHour,
    keepMs: config.journal.retentionDays * 86_400_000,
    log: logger,
    onVoucher: text => void offer(machine.drivers, text, logger),
    onAuditOrder: order => void machine.obeyAudit?.(order),
  })
  const stops: (() => Promise<void>)[] = [() => agent.stop()]
  try {
    const drivers = startMachine(agent, config, paths, logger)
    machine.drivers = drivers
    machine.obeyAudit = obeyAuditOrders({
      store: agent.journal,
      log: logger,
      audit: drivers.audit,
    })
    stops.push(() => machine.drivers?.stop() ?? Promise.resolve())
    return await serve({ agent, config, paths, logger, machine, nodeRed, stops })
  } catch (error) {
    await stopAll(stops, logger)
    throw error
  }
}

function profileOf({ machine }: AgentConfig) {
  const { profile, hash } = machine
  return { name: profile.profile, version: profile.version, hash }
}

function startMachine(
  { identity, journal }: VirtualAgent,
  config: AgentConfig,
  paths: HomePaths,
  log: Logger,
): Drivers {
  return startDrivers({
    store: journal,
    machine: config.machine,
    deviceId: identity.deviceId,
    voucherKey: cloudVerifier(identity.voucherVkey, 'voucherVkey').publicKey,
    clock: systemClock,
    log,
    auditFolder: paths.audits,
    noSaleBecause: () => noSaleBecause(journal, paths.home),
  })
}

/** What comes up later than the status that tells of it. */
type MachineParts = {
  drivers?: Drivers
  obeyAudit?: ReturnType<typeof obeyAuditOrders>
  nodeRedUrl?: string
}

type Parts = {
  agent: VirtualAgent
  config: AgentConfig
  paths: HomePaths
  logger: Logger
  machine: MachineParts
  nodeRed: boolean
  stops: (() => Promise<void>)[]
}

async function serve(parts: Parts): Promise<RunningAgent> {
  const { agent, config, paths, logger, stops } = parts
  const startedAtMs = systemClock.nowMs()
  const status = () => statusOf(parts, startedAtMs)
  const token = loadToken(paths.localToken)
  const local = await startLocalServer(
    {
      store: agent.journal,
      log: agent.identity,
      token,
      status,
      recordTest: waitMs => recordTest(agent, waitMs),
      audit: request => parts.machine.drivers?.audit(request) ?? Promise.resolve(STARTING),
    },
    config.local.port,
  )
  stops.push(() => local.stop())
  writeAddress(paths.localAddress, { v: 1, url: local.url, pid: process.pid })
  stops.push(async () => removeAddress(paths.localAddress))
  const editor = parts.nodeRed ? await startEditor(parts, local.url, token) : undefined
  const { deviceId } = agent.identity
  logger.info({ deviceId, url: local.url, nodeRed: editor?.url }, 'agent running')
  const stop = () => stopAll(stops, logger)
  return { deviceId, url: local.url, nodeRedUrl: editor?.url, status, stop }
}

async function startEditor(
  { paths, config, logger, machine, stops }: Parts,
  url: string,
  token: string,
) {
  const editor: NodeRed = await startNodeRed({
    folder: paths.nodeRed,
    port: config.local.nodeRedPort,
    agent: { url, token, home: paths.home },
    log: logger,
  })
  stops.push(() => editor.stop())
  machine.nodeRedUrl = editor.url
  return editor
}

function statusOf({ agent, config, paths, machine }: Parts, startedAtMs: number): AgentStatus {
  const { identity, journal, sealing } = agent
  const uplink = agent.uplink.status()
  const size = journal.size()
  return {
    v: 1,
    agentVersion: AGENT_VERSION,
    deviceId: identity.deviceId,
    origin: identity.origin,
    machine: config.machine.profile.profile,
    server: config.server ?? identity.server,
    startedAtMs,
    nowMs: systemClock.nowMs(),
    journal: {
      size,
      sealedSize: sealing.sealedSize(),
      receiptedSize: uplink.receiptedSize,
      backlog: size - uplink.receiptedSize,
      released: journal.releasedTo() - 1,
      death: deathOf(journal),
    },
    uplink,
    ports: machine.drivers?.ports() ?? [],
    noSale: machine.drivers?.noSale() ?? null,
    position: positionOf(config, machine),
    nodeRed: machine.nodeRedUrl === undefined ? null : { url: machine.nodeRedUrl },
    disk: { freeBytes: freeBytes(paths.home) },
  }
}

function positionOf({ machine: { profile } }: AgentConfig, { drivers }: MachineParts) {
  const { position } = profile.watch
  return position ? { port: position.port, lastFixAtMs: drivers?.lastFixAtMs() ?? null } : null
}

function deathOf(journal: VirtualAgent['journal']) {
  const death = journal.death()
  if (!death) return null
  const { reason, knownSize, atMs } = death
  return { reason, knownSize, atMs }
}

async function offer(drivers: Drivers | undefined, text: string, log: Logger): Promise<void> {
  try {
    const answer = (await drivers?.offerVoucher(text)) ?? 'machine-down'
    log.info({ answer }, 'voucher from the cloud')
  } catch (error) {
    log.error({ reason: error instanceof Error ? error.message : error }, 'voucher failed')
  }
}

const STARTING: AuditOutcome = {
  ok: false,
  refused: 'stopped',
  reason: 'the agent has not started its lines yet',
}

/** Backwards, and to the end even when one part fails to stop. */
async function stopAll(stops: (() => Promise<void>)[], log: Logger): Promise<void> {
  for (const stop of stops.splice(0).reverse()) {
    await stop().catch(error =>
      log.error({ reason: error?.message }, 'a part did not stop cleanly'),
    )
  }
}
