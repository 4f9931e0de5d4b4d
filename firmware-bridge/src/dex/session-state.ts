/** What a DEX/UCS session is given, what it remembers, hears and does (see session.ts). */
import type { LinkEffect, LinkFailure, LinkInput, Receiving, Sending } from './link.ts'

export type DexConfig = {
  /** Three letters of the maker and seven digits. */
  communicationId: string
  /** `R00L06`: revision and level of the standard. */
  revisionLevel: string
  /** Milliseconds to listen for a master before bidding; null: never bid. */
  listenMs: number | null
  /** How long the other end may take to begin its data; machines assemble audits slowly. */
  dataPatienceMs: number
} & ({ role: 'carrier'; maxAuditBytes: number } | { role: 'machine'; audit: Uint8Array })

export type DexPeer = { communicationId: string; revisionLevel: string }

export type DexFailure =
  | { reason: LinkFailure | 'bad-header' | 'unsupported' | 'too-large' | 'closed' }
  | { reason: 'refused'; response: string }

export type DexState =
  | { phase: 'idle' | 'ended' }
  | { phase: 'listening' }
  | ({ phase: 'first' | 'second' | 'data'; link: Sending | Receiving } & Course)

/** What is known so far of the session under way. */
export type Course = {
  master: boolean
  /** We gave way to the other master, and might still hear its answer to our bid. */
  yielded: boolean
  peer: DexPeer | null
  /** What we answer in the second handshake. */
  response: string
  text: readonly Uint8Array[]
}

export type DexInput =
  | { type: 'start' }
  | { type: 'heard'; input: LinkInput }
  | { type: 'listened' }
  /** The port is gone. */
  | { type: 'closed' }

export type DexEffect =
  | LinkEffect
  | { type: 'listen'; ms: number }
  | { type: 'received'; audit: Uint8Array; peer: DexPeer }
  | { type: 'delivered'; peer: DexPeer }
  | { type: 'failed'; failure: DexFailure }

export type DexStep = { state: DexState; effects: DexEffect[] }

export const DEX_IDLE: DexState = { phase: 'idle' }

export type Talking = Extract<DexState, { link: unknown }>
export type Phase = Talking['phase']
