/**
 * A coin changer and a bill validator behind Waferlife's MDB-RS232 box, which polls them: answers
 * without an address, activity with it. It takes no money before it is told to.
 */
import { encodeWaferText, withCheck } from '@tillproof/firmware-bridge/mdb/waferlife.ts'
import { type FaultName, openFaultyPort } from '../faults.ts'
import { rawMessages } from './raw-message.ts'

export type WaferCashBox = {
  path: string
  /** Values in minor units of all money taken, oldest first. */
  taken: readonly number[]
  /** A coin into the tubes; false while coins are inhibited. */
  insertCoin(type: number): boolean
  /** A bill to the stacker; false while bills are inhibited. */
  insertBill(type: number): boolean
  stop(): void
}

/** EUR, factor 5: coins of 0.05, 0.10, 0.20, 0.50, 1 and 2; bills of 5, 10, 20, factor 100. */
const COINS = [1, 2, 4, 10, 20, 40, ...Array(10).fill(0)]
const CHANGER_SETUP = [3, 0x19, 0x78, 5, 2, 0, 0x3f, ...COINS]
const BILLS = [5, 10, 20, ...Array(13).fill(0)]
const VALIDATOR_SETUP = [1, 0x19, 0x78, 0, 100, 2, 1, 0x90, 0, 0, 0xff, ...BILLS]
const [ACK, NAK] = [0x00, 0xff]
const FAULTS = { fromBytes: 4, at: 4, lateMs: 450 }

export function startWaferCashBox(options: {
  path: string
  fault?: FaultName | null
}): WaferCashBox {
  const taken: number[] = []
  let enabled = { coins: 0, bills: 0 }
  const port = openFaultyPort({
    path: options.path,
    fault: options.fault ?? null,
    ...FAULTS,
    onData: rawMessages(command => say(answerTo(command))),
    onReset() {
      enabled = { coins: 0, bills: 0 }
    },
  })

  function answerTo(command: Uint8Array): Uint8Array {
    const [code, high = 0, low = 0] = command
    const mask = high * 256 + low
    const isMask = command.length === 5
    if (code === 0x09) return withCheck(Uint8Array.from(CHANGER_SETUP))
    if (code === 0x31) return withCheck(Uint8Array.from(VALIDATOR_SETUP))
    if (code === 0x0c && isMask) enabled = { ...enabled, coins: mask }
    else if (code === 0x34 && isMask) enabled = { ...enabled, bills: mask }
    else if (code !== 0x35) return Uint8Array.of(NAK)
    return Uint8Array.of(ACK)
  }

  function say(bytes: Uint8Array): void {
    port.write(encodeWaferText(bytes, 'line'))
  }

  return {
    path: port.path,
    taken,
    insertCoin(type) {
      if (((enabled.coins >> type) & 1) === 0) return false
      taken.push((COINS[type] ?? 0) * 5)
      say(Uint8Array.of(0x08, 0x50 | type, 1))
      return true
    },
    insertBill(type) {
      if (((enabled.bills >> type) & 1) === 0) return false
      taken.push((BILLS[type] ?? 0) * 100)
      say(Uint8Array.of(0x30, 0x80 | type))
      return true
    },
    stop: () => port.unplug(),
  }
}
