/** Meters that never fall: a fall that is no wrap begins a new epoch of the meter. Pure. */
import { counterDelta } from '@tillproof/firmware-bridge/modbus/decode.ts'
import type { EventDraft } from '../../journal/event-store.ts'

export type MeterRule = { bits: number; port: string }

/** Decimal text: what it showed last, and a fallen value that waits to be seen again. */
export type MeterState = { last: string; fallen: string | null }

/** A fall counts when the next look shows it too: one look may be misread. */
export function stepMeter(
  name: string,
  { bits, port }: MeterRule,
  state: MeterState | undefined,
  value: bigint,
): { state: MeterState; events: EventDraft[] } {
  const risen = { last: String(value), fallen: null }
  if (state === undefined || !isFall(BigInt(state.last), value, bits)) {
    return { state: risen, events: [] }
  }
  const isConfirmed = state.fallen !== null && !isFall(BigInt(state.fallen), value, bits)
  if (!isConfirmed) return { state: { last: state.last, fallen: String(value) }, events: [] }
  const detail = { cause: 'fell', [`was.${name}`]: BigInt(state.last), [`bits.${name}`]: bits }
  const fields = { port, meters: { [name]: value }, detail }
  return { state: risen, events: [{ kind: 'meter.epoch', fields }] }
}

/** More than half a turn forward is a step back. */
function isFall(before: bigint, after: bigint, bits: number): boolean {
  return counterDelta(before, after, bits) >= 1n << BigInt(bits - 1)
}
