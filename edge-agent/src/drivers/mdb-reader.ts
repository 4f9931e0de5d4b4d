/**
 * The Qibixx adapter as a cashless reader. It is asked for its version every few seconds, so that a
 * silent line is a broken line.
 */
import { lineFramer } from '@tillproof/firmware-bridge/line-framer.ts'
import {
  decodeAdapterLine,
  encodeHostCommand,
  MAX_LINE_BYTES,
} from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import type { LineDeps, MachineLine } from './line.ts'
import { openVendReader } from './vend-reader.ts'

const WATCHDOG_MS = 10_000

export function openMdbReader(deps: LineDeps): MachineLine {
  return openVendReader(deps, {
    framer: () => lineFramer({ maxBytes: MAX_LINE_BYTES }),
    read: line => decodeAdapterLine(line.text),
    encode: encodeHostCommand,
    watchdogMs: WATCHDOG_MS,
  })
}
