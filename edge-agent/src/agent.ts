/**
 * The part of the agent that every machine has, with or without lines: journal, seal and uplink
 * around one identity. `main.ts` puts drivers and the local API on top; the fleet simulator runs
 * hundreds of these in one process over one journal host.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { ed25519Verifier, parseVkey, type Verifier } from '@tillproof/shared/note/key.ts'
import { type Logger, pino } from 'pino'
import { type Clock, systemClock } from './clock.ts'
import { ensureGenesis } from './enrol/genesis.ts'
import { type Identity, loadIdentity } from './enrol/identity.ts'
import type { EventDraft, Journal } from './journal/event-store.ts'
import { type JournalHost, openJournalHost } from './journal/host.ts'
import { startRetention } from './journal/retention-schedule.ts'
import { headSigner, type Sealing, startSealing } from './seal/seal.ts'
import { startUplink, type Uplink } from './uplink/uplink.ts'
import type { WindowSettings } from './uplink/window.ts'
import { AGENT_VERSION } from './version.ts'

export type VirtualAgentOptions = {
  /** Folder that enrolment wrote: `<home>/identity`. */
  identityFolder: string
  /** The journal's file; made when missing. */
  journalPath: string
  /** Shared by many agents of one process; without it the agent opens and closes its own. */
  host?: JournalHost
  sealIntervalMs?: number
  uplink?: WindowSettings
  /** Where the broker is now, where that differs from what enrolment told. */
  broker?: { host?: string | undefined; port?: number | undefined }
  /** Parts of events leave the disk this long after their receipt; 90 days unless told. */
  keepMs?: number
  /** Events of one kind that is not about money beyond this are shed; without it none is. */
  telemetryPerHour?: number
  clock?: Clock
  /** In [0, 1); spreads out the attempts to connect. */
  random?(): number
  log?: Logger
  /** Named in the log at each start: what the machine is and which text says so. */
  profile?: { name: string; version: number; hash: string }
  /** Vouchers that the cloud sends down; without it they are ignored. */
  onVoucher?(text: string): void
  /** Orders of the cloud to read the machine's audit; without it they are ignored. */
  onAuditOrder?(order: string): void
}

export type VirtualAgent = {
  identity: Identity
  journal: Journal
  uplink: Pick<Uplink, 'status' | 'receipted'>
  sealing: Pick<Sealing, 'sealNow' | 'sealedSize'>
  /** Records `agent.stopped`, seals, says goodbye to the broker and gives the lock back. */
  stop(): Promise<void>
}

const DEFAULT_SEAL_INTERVAL_MS = 1000
/** How long the last batch may take when the agent stops; the next start sends it otherwise. */
const FAREWELL_LIMIT_MS = 1500
const DEFAULT_KEEP_MS = 90 * 86_400_000
const DEFAULT_WINDOW = { window: 4, receiptTimeoutMs: 10_000 }

/** Throws the coded errors of identity and journal; never because of the network. */
export async function startVirtualAgent(options: VirtualAgentOptions): Promise<VirtualAgent> {
  const identity = loadIdentity(options.identityFolder)
  const receiptVerifier = cloudVerifier(identity.receiptVkey, 'receiptVkey')
  const host = options.host ?? openJournalHost()
  const ownHost = options.host ? undefined : host
  const clock = options.clock ?? systemClock
  try {
    const { origin } = identity
    const { journalPath: path, telemetryPerHour = Number.POSITIVE_INFINITY } = options
    const journal = await host.open({ path, origin, clock, telemetryPerHour })
    const parts = { ...options, identity, receiptVerifier, journal, clock, ownHost }
    return await compose(parts).catch(async error => {
      await journal.close()
      throw error
    })
  } catch (error) {
    await ownHost?.close()
    throw error
  }
}

type Parts = VirtualAgentOptions & {
  identity: Identity
  receiptVerifier: Verifier
  journal: Journal
  clock: Clock
  ownHost: JournalHost | undefined
}

async function compose(parts: Parts): Promise<VirtualAgent> {
  const { identity, journal, clock, ownHost } = parts
  const log = parts.log ?? pino({ level: 'silent' })
  const signer = headSigner(identity.origin, identity.evidence.privateKey)
  await ensureGenesis(journal, identity)
  await journal.append({ events: [started(parts.profile)] })
  const uplink = await startUplink({
    journal,
    signer,
    ownVerifier: ed25519Verifier(identity.origin, identity.evidence.publicKey),
    deviceId: identity.deviceId,
    receiptVerifier: parts.receiptVerifier,
    ...(identity.logVkey === undefined ? {} : { logVkey: identity.logVkey }),
    broker: {
      host: parts.broker?.host ?? identity.mqttHost,
      port: parts.broker?.port ?? identity.mqttPort,
      tls: identity.tls,
    },
    settings: parts.uplink ?? DEFAULT_WINDOW,
    clock,
    random: parts.random ?? Math.random,
    log,
    onVoucher: text => parts.onVoucher?.(text),
    onAuditOrder: order => parts.onAuditOrder?.(order),
  })
  const sealing = startSealing(
    {
      journal,
      signer,
      clock,
      intervalMs: parts.sealIntervalMs ?? DEFAULT_SEAL_INTERVAL_MS,
      onSealed: head => uplink.sealed(head.size),
      onError: ({ code, message }) => log.error({ code, reason: message }, 'sealing failed'),
    },
    (await journal.newestHead())?.size ?? 0,
  )
  const stopRetention = startRetention({
    journal,
    clock,
    keepMs: parts.keepMs ?? DEFAULT_KEEP_MS,
    onReleased: count => log.info({ count }, 'parts of receipted events released'),
    onError: reason => log.warn({ reason }, 'retention failed'),
  })
  const end = () => {
    stopRetention()
    return stop(journal, sealing, uplink, ownHost)
  }
  return { identity, journal, uplink, sealing, stop: end }
}

function started(profile: VirtualAgentOptions['profile']): EventDraft {
  const named = profile && {
    profile: `${profile.name}@${profile.version}`,
    profileHash: profile.hash,
  }
  return { kind: 'agent.started', fields: { detail: { version: AGENT_VERSION, ...named } } }
}

/** Whatever fails on the way out, the lock is given back and the next start repairs the rest. */
async function stop(
  journal: Journal,
  sealing: Sealing,
  uplink: Uplink,
  ownHost: JournalHost | undefined,
): Promise<void> {
  sealing.stop()
  try {
    await journal.append({ events: [{ kind: 'agent.stopped' }] })
    if (journal.death()) return
    const head = await sealing.sealNow()
    const isConnected = uplink.status().connection.state === 'connected'
    if (isConnected) await uplink.receipted(head.size, FAREWELL_LIMIT_MS)
  } finally {
    await uplink.stop()
    await journal.close()
    await ownHost?.close()
  }
}

/** Reads one of the cloud's verifier keys out of the identity. */
export function cloudVerifier(vkey: string, name: string): Verifier {
  const verifier = parseVkey(vkey)
  if (verifier) return verifier
  throw new TillproofError(
    'identity.invalid',
    `The identity's ${name} is not a key this agent understands.`,
    'Enrol again with --replace.',
  )
}
