/** What goes into a bridge's session, what comes out, and what it knows in between. */
import type { Discarded } from '../frame.ts'
import { encodeFrame } from './frame.ts'
import type { BridgeFrame } from './framer.ts'
import type { BridgeFact, BridgeMemory } from './memory.ts'
import type { BridgeMessage, BridgeMessageOf } from './message.ts'

export type BridgeTimer = 'hello' | 'silence' | 'command'

export type BridgeSwitch = {
  /** The caller's name for this command; comes back in `switched`. */
  id: string
  output: number
  on: boolean
  /** Milliseconds after which it goes back, at most 65535; 0 stays. */
  forMs: number
}

export type BridgeInput =
  | { type: 'opened' }
  | { type: 'closed' }
  | { type: 'heard'; frame: BridgeFrame | Discarded }
  /** All facts up to this memory are on the disk, and the memory with them. */
  | { type: 'kept'; memory: BridgeMemory }
  | { type: 'switch'; command: BridgeSwitch }
  | { type: 'timer'; id: BridgeTimer }

export type SwitchOutcome =
  | 'done'
  | 'no-such-output'
  /** Nothing was sent. */
  | 'not-connected'
  /** Nothing was sent: too many commands wait. */
  | 'busy'
  /** Sent and not answered: the relay may have moved. */
  | 'unknown'

export type BridgeEffect =
  | { type: 'send'; bytes: Uint8Array }
  | { type: 'timer'; id: BridgeTimer; ms: number }
  | { type: 'stop-timer'; id: BridgeTimer }
  /** To be put on the disk in one transaction, in order; then `kept` with the newest memory. */
  | { type: 'keep'; facts: BridgeFact[]; memory: BridgeMemory }
  /** Bytes for the NMEA framer; `missing` were lost before them. */
  | { type: 'gnss'; bytes: Uint8Array; missing: number }
  | { type: 'switched'; id: string; outcome: SwitchOutcome }
  | { type: 'connected' }
  /** Nothing whole was heard for too long. */
  | { type: 'silent' }

export type BridgeState = {
  /** Random, not 0; one for each start of the gateway's program. */
  session: number
  phase: 'closed' | 'greeting' | 'talking'
  /** With everything that was taken, also what is not on the disk yet. */
  memory: BridgeMemory | null
  /** Number of the last event that is on the disk. */
  safe: number
  /** Where the receiver's next bytes belong; null when unknown. */
  gnssOffset: number | null
  command: { asked: BridgeSwitch; attempts: number } | null
  waiting: readonly BridgeSwitch[]
  /** Number of the last command sent. */
  number: number
  /** The bridge's newest word about itself. */
  heartbeat: BridgeMessageOf<'heartbeat'> | null
  /** What came in and was no message of ours. */
  discarded: number
  unknown: number
}
export type BridgeStep = { state: BridgeState; effects: BridgeEffect[] }

/** `memory`: as it was kept last, null when there is none. */
export function newBridge(session: number, memory: BridgeMemory | null): BridgeState {
  return {
    session,
    phase: 'closed',
    memory,
    safe: memory?.received ?? 0,
    gnssOffset: null,
    command: null,
    waiting: [],
    number: 0,
    heartbeat: null,
    discarded: 0,
    unknown: 0,
  }
}

export function send(message: BridgeMessage): BridgeEffect {
  return { type: 'send', bytes: encodeFrame(message) }
}
