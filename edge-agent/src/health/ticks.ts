/**
 * The tick list: what a person at the machine reads. Pure; the doctor adds the checks that need
 * the network or the files.
 */
import { describeDeath, ENROL_AGAIN } from '../journal/death.ts'
import type { AgentStatus } from './status.ts'

export type TickState = 'ok' | 'warning' | 'failed' | 'skipped'
export type Tick = {
  name: string
  state: TickState
  /** One line: what was seen. */
  detail: string
  /** One line: what to do now; empty when there is nothing to do. */
  next: string
}

/** Below this the journal refuses new sales soon; see the journal's reserve. */
const LOW_DISK_BYTES = 128 * 1024 * 1024
/** A gateway that has not delivered for this long deserves a look. */
const STALE_MS = 15 * 60_000
const SILENT_PORT_MS = 10 * 60_000
/** A receiver under the sky has a fix every second. */
const NO_FIX_MS = 5 * 60_000

export function ok(name: string, detail: string): Tick {
  return { name, state: 'ok', detail, next: '' }
}

export function tick(name: string, state: TickState, detail: string, next: string): Tick {
  return { name, state, detail, next }
}

/** Everything that can be told from the agent's own status. */
export function ticksOf(status: AgentStatus): Tick[] {
  return [
    connectionTick(status),
    historyTick(status),
    backlogTick(status),
    ...(status.uplink.promise ? [loggedTick(status.uplink.promise)] : []),
    diskTick(status.disk.freeBytes),
    saleTick(status),
    ...status.ports.map(port => portTick(port, status.nowMs)),
    ...(status.position ? [positionTick(status.position, status.nowMs)] : []),
  ]
}

function connectionTick({ uplink, nowMs }: AgentStatus): Tick {
  const { state, sinceMs, lastError } = uplink.connection
  const forText = duration(nowMs - sinceMs)
  if (state === 'connected') return ok('connection', `connected for ${forText}`)
  return tick(
    'connection',
    'warning',
    `${state} for ${forText}${lastError ? `: ${lastError}` : ''}`,
    'Sales go on and are kept. Check the network; tillproof agent doctor tells more.',
  )
}

function historyTick({ journal, uplink }: AgentStatus): Tick {
  if (journal.death) return tick('history', 'failed', describeDeath(journal.death), ENROL_AGAIN)
  if (uplink.refusal) {
    const { code, detail } = uplink.refusal
    return tick(
      'history',
      'failed',
      code.startsWith('journal.')
        ? `no batch can be made: ${code} (${detail})`
        : `the cloud refuses this machine's batches: ${code} (${detail})`,
      'Tell the platform operator the code.',
    )
  }
  return ok('history', 'machine and cloud agree')
}

function backlogTick({ journal, uplink, nowMs, startedAtMs }: AgentStatus): Tick {
  const detail = `${journal.size} events, ${journal.backlog} waiting for a receipt`
  const quietMs = nowMs - (uplink.lastReceiptAtMs ?? startedAtMs)
  if (journal.backlog === 0 || quietMs < STALE_MS) return ok('backlog', detail)
  return tick(
    'backlog',
    'warning',
    `${detail}; no receipt for ${duration(quietMs)}`,
    'Nothing is lost. Check the network, then ask the platform operator.',
  )
}

function loggedTick({ shownSize, isBroken }: NonNullable<AgentStatus['uplink']['promise']>): Tick {
  const detail = `the cloud has shown its log up to event ${shownSize}`
  if (!isBroken) return ok('cloud log', detail)
  return tick(
    'cloud log',
    'failed',
    `${detail}; what it confirmed more than a day ago is not in it`,
    'Tell the lender: the platform does not log what it receipted.',
  )
}

export function diskTick(freeBytes: number): Tick {
  const detail = `${Math.floor(freeBytes / 1_000_000)} MB free`
  if (freeBytes >= LOW_DISK_BYTES) return ok('disk', detail)
  return tick('disk', 'failed', detail, 'Free some space: without it new cashless sales stop.')
}

function saleTick({ noSale }: AgentStatus): Tick {
  switch (noSale) {
    case null:
      return ok('sales', 'cashless sales are taken')
    case 'disk-full': {
      const next = 'Free some space; it sells again by itself within seconds.'
      return tick('sales', 'failed', 'out of sale: the disk is full', next)
    }
    case 'log-dead':
      return tick('sales', 'failed', 'out of sale: the log has ended', ENROL_AGAIN)
  }
}

function portTick(port: AgentStatus['ports'][number], nowMs: number): Tick {
  const name = `port ${port.name}`
  const last = port.lastGoodFrameAtMs
  const seen = last === null ? 'nothing heard yet' : `last heard ${duration(nowMs - last)} ago`
  const detail = `${port.path} ${port.state}, ${seen}${port.detail ? `, ${port.detail}` : ''}`
  if (port.state !== 'up') {
    return tick(name, 'failed', detail, 'Check plug, power and path; it is opened again by itself.')
  }
  const isSilent = last === null || nowMs - last > SILENT_PORT_MS
  if (!isSilent) return ok(name, detail)
  return tick(name, 'warning', detail, 'Use the machine once and look again.')
}

function positionTick({ lastFixAtMs }: NonNullable<AgentStatus['position']>, nowMs: number): Tick {
  const seen = lastFixAtMs === null ? 'no fix yet' : `fix ${duration(nowMs - lastFixAtMs)} ago`
  if (lastFixAtMs !== null && nowMs - lastFixAtMs < NO_FIX_MS) return ok('position', seen)
  return tick('position', 'warning', seen, 'Give the antenna a view of the sky, and some minutes.')
}

/** `850 ms`, `12 s`, `7 min`, `3 h`, `9 days`: rough on purpose. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} days`
}
