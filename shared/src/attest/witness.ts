/**
 * Which profiles of machines have a witness: a meter that the machine's own controller raises by
 * one with each sale and that knows nothing of our log; and how much a machine holds between two
 * visits. Said again here, as the agent's files say it, so that the cloud and a lender need not
 * have them.
 */

export type Witness = {
  /** Rises by one with each sale. */
  meter: string
  /** Width of the raw counter, which begins at 0 again when it is full; null: it never is. */
  bits: number | null
  /** Whether a power cut may set it back. */
  falls: 'never' | 'may'
}

export type Watched = {
  witness: Witness
  /** What it holds, and the contact of the door that it is filled through. */
  hold?: { stock: number; door: string }
}

const counter = (meter: string, falls: Witness['falls'] = 'never'): Witness => ({
  meter,
  bits: 32,
  falls,
})

/** By name and version, as `agent.started` tells them. What is not here is witnessed by nobody. */
export const WATCHED_PROFILES: ReadonlyMap<string, Watched> = new Map<string, Watched>([
  ['coffee-ddcmp@1', { witness: { meter: 'DA202', bits: null, falls: 'never' } }],
  ['coffee-dex@1', { witness: { meter: 'DA202', bits: null, falls: 'never' } }],
  ['massage-chair-modbus@1', { witness: counter('runs') }],
  ['massage-chair-pulse@1', { witness: counter('runs', 'may') }],
  ['vending-mdb-counted@1', { witness: counter('vends'), hold: { stock: 1200, door: 'doorOpen' } }],
  ['washer-modbus@1', { witness: counter('cycles') }],
])
