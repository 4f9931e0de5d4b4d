/**
 * What stands behind the MDB adapter's text line: the adapter and the machine, as they behave
 * together. It asks for money when somebody presses a key, waits for a decision, gives up when none
 * comes, and vends once when told to.
 *
 *   idle ──select──▶ asking ──C,VEND──▶ vending ──▶ idle
 *                      └──C,STOP or no decision──▶ idle
 */
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import type { AdapterLine, AdapterStatus } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import {
  decodeHostCommand,
  encodeAdapterLine,
} from '@tillproof/firmware-bridge/mdb/qibixx-adapter.ts'
import { formatDecimal, parseDecimal } from '@tillproof/shared/money/money.ts'

export type Vend = { slot: string; amountMinor: bigint; result: 'success' | 'failed' }
export type VendingPhase = 'idle' | 'asking' | 'vending'

export type VendingBodyOptions = {
  currency: string
  /** Slot number → price in minor units. */
  shelf: Record<string, bigint>
  /** Time the goods take to come out. */
  dispenseMs: number
  /** The machine gives up waiting for a decision after this long. */
  decisionMs: number
  /** Says for each vend whether the goods come out. */
  works(): boolean
  /** One line to the host, without its end. */
  say(line: string): void
}

export type VendingBody = {
  /** One line of the host. */
  hear(text: string): void
  /** Presses a key. */
  select(slot: string): 'asked' | 'busy' | 'no-such-slot' | 'reader-off'
  /** What really came out, oldest first. */
  vends: readonly Vend[]
  phase(): VendingPhase
  /** Adapter and machine lose their power; what was being vended falls all the same. */
  restart(): void
  /** The host has spoken lately and the reader is on: the display invites to pay by phone. */
  isAttended(): boolean
  stop(): void
}

type Wanted = { slot: string; amountMinor: bigint }

/** Twice the time between two questions of a host. */
const UNATTENDED_AFTER_MS = 7_000
const VERSION = '4.0.2.0,tillproof-simulator'
const status = (named: AdapterStatus): AdapterLine => ({ kind: 'status', status: named })
const ENABLED = status('enabled')

export function vendingBody(options: VendingBodyOptions): VendingBody {
  const { currency, shelf, dispenseMs, decisionMs, works } = options
  const vends: Vend[] = []
  let reader: 'on' | 'off' = 'off'
  let phase: VendingPhase = 'idle'
  let wanted: Wanted | null = null
  let heardAtMs = Number.NEGATIVE_INFINITY
  let cancelTimer = () => {}

  const say = (...lines: AdapterLine[]) => lines.map(encodeAdapterLine).forEach(options.say)

  function hear(text: string): void {
    heardAtMs = systemClock.monotonicMs()
    const command = decodeHostCommand(text)
    if (command?.kind === 'version') say({ kind: 'version', version: VERSION })
    else if (command?.kind === 'switch' && command.on) switchOn()
    else if (command?.kind === 'switch') switchOff()
    else if (command?.kind === 'deny' && phase === 'asking') backToIdle()
    else if (command?.kind === 'approve') approved(command.amount)
  }

  function switchOn(): void {
    if (reader === 'on') say({ kind: 'error', text: '"cashless is on"' })
    else say(status('inactive'), { kind: 'switched', on: true }, status('disabled'), ENABLED)
    reader = 'on'
  }

  function switchOff(): void {
    reader = 'off'
    if (phase === 'asking') backToIdle()
    say({ kind: 'switched', on: false }, status('inactive'))
  }

  function approved(amount: string): void {
    if (reader === 'off') say({ kind: 'error', text: '"cashless is off"' })
    else if (phase !== 'asking' || wanted === null) say({ kind: 'error', text: '"no vend"' })
    else if (parseDecimal(amount, currency) !== wanted.amountMinor) backToIdle()
    else vend()
  }

  function vend(): void {
    cancelTimer()
    phase = 'vending'
    say({ kind: 'chatter', text: 'r,ACK' })
    cancelTimer = systemClock.after(dispenseMs, dispense)
  }

  function dispense(): void {
    if (wanted === null) return
    const result = works() ? 'success' : 'failed'
    vends.push({ ...wanted, result })
    // Out is out, whatever happens to the adapter while it says so.
    wanted = null
    say(result === 'success' ? { kind: 'vend-succeeded' } : { kind: 'vend-failed', code: '3' })
    backToIdle()
  }

  function backToIdle(): void {
    cancelTimer()
    phase = 'idle'
    wanted = null
    say(status('idle'), ENABLED)
  }

  return {
    hear,
    select(slot) {
      const amountMinor = shelf[slot]
      if (amountMinor === undefined) return 'no-such-slot'
      if (reader === 'off') return 'reader-off'
      if (phase !== 'idle') return 'busy'
      phase = 'asking'
      wanted = { slot, amountMinor }
      const amount = formatDecimal({ amountMinor, currency })
      say({ kind: 'vend-asked', amount, item: slot })
      cancelTimer = systemClock.after(decisionMs, backToIdle)
      return 'asked'
    },
    vends,
    phase: () => phase,
    isAttended: () =>
      reader === 'on' && systemClock.monotonicMs() - heardAtMs < UNATTENDED_AFTER_MS,
    restart() {
      cancelTimer()
      if (phase === 'vending' && wanted !== null) vends.push({ ...wanted, result: 'success' })
      reader = 'off'
      phase = 'idle'
      wanted = null
    },
    stop: () => cancelTimer(),
  }
}
