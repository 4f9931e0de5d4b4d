/**
 * A machine behind Waferlife's RS232-MDB box: it asks for money when somebody presses a key, and
 * vends when the host approves. The box tells its setup when it is switched on.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { withoutCheck } from '@tillproof/firmware-bridge/mdb/frame.ts'
import { encodeWaferText, withCheck } from '@tillproof/firmware-bridge/mdb/waferlife.ts'
import { type FaultName, openFaultyPort } from '../faults.ts'
import { rawMessages } from './raw-message.ts'

export type BoxVend = { item: number; scaled: number; result: 'sold' | 'failed' | 'restarted' }

export type WaferReaderBox = {
  path: string
  vends: readonly BoxVend[]
  /** Presses a key; false while another vend is under way. */
  select(item: number, works?: boolean): boolean
  /** Somebody pays the price of an item with coins; the machine tells its reader. */
  payCash(item: number): void
  /** Switched off and on: the box tells its setup again. */
  switchOn(): void
  stop(): void
}

/** Level 1, EUR, factor 5, 2 decimals. */
const SETUP = [0x01, 0x01, 0x19, 0x78, 0x05, 0x02, 0x07, 0x0d]
const DISPENSE_MS = 300
const DECISION_MS = 40_000
const [APPROVED, DENIED] = [0x05, 0x06]
/** Requests have six bytes and more, as text 16 characters; the others are courtesies. */
const FAULTS = { fromBytes: 12, at: 4, lateMs: 500 }

export function startWaferReaderBox(options: {
  path: string
  fault?: FaultName | null
}): WaferReaderBox {
  const vends: BoxVend[] = []
  let wanted: { item: number; scaled: number; works: boolean } | null = null
  let vending = false
  let patience: NodeJS.Timeout | undefined
  let life = 0
  const port = openFaultyPort({
    path: options.path,
    fault: options.fault ?? null,
    ...FAULTS,
    onData: rawMessages(bytes => void hear(bytes)),
    onReset() {
      life++
      wanted = null
      vending = false
      clearTimeout(patience)
    },
  })

  function say(...block: number[]): void {
    port.write(encodeWaferText(withCheck(Uint8Array.from(block)), 'stx'))
  }

  function switchOn(): void {
    say(...SETUP)
    say(0x10)
    say(0x11, 0x00, 0x03, 0x10, 0x01, 0x01)
    say(0x14, 0x01)
  }

  async function hear(bytes: Uint8Array): Promise<void> {
    const block = withoutCheck(bytes)
    const asked = wanted
    if (block === undefined || asked === null) return
    const approved = block[0] === APPROVED && (block[1] ?? 0) * 256 + (block[2] ?? 0)
    if (block[0] !== DENIED && approved !== asked.scaled) return
    clearTimeout(patience)
    wanted = null
    if (block[0] !== DENIED) await vend(asked)
    say(0x13, 0x04)
  }

  async function vend(asked: { item: number; scaled: number; works: boolean }): Promise<void> {
    const own = life
    vending = true
    await sleep(DISPENSE_MS)
    const { item, scaled, works } = asked
    const result = life === own ? (works ? 'sold' : 'failed') : 'restarted'
    vends.push({ item, scaled, result })
    vending = false
    if (result === 'sold') say(0x13, 0x02, 0, item)
    if (result === 'failed') say(0x13, 0x03)
  }

  return {
    path: port.path,
    vends,
    select(item, works = true) {
      if (wanted !== null || vending) return false
      const [high, low] = priceOf(item)
      wanted = { item, scaled: high * 256 + low, works }
      say(0x13, 0x00, high, low, 0, item)
      patience = setTimeout(() => {
        wanted = null
        say(0x13, 0x01)
      }, DECISION_MS)
      return true
    },
    payCash(item) {
      say(0x13, 0x05, ...priceOf(item), 0, item)
    },
    switchOn,
    stop() {
      clearTimeout(patience)
      port.unplug()
    },
  }
}

/** In steps of the scale, as two bytes. */
function priceOf(item: number): [high: number, low: number] {
  const scaled = 20 + item
  return [scaled >> 8, scaled & 0xff]
}
