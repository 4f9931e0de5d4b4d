/**
 * Waferlife's RS232-MDB box as a cashless reader. It answers no questions of ours, so only an
 * unplug tells that it is gone; what it is set to it says when it is switched on.
 */
import { waferFramer } from '@tillproof/firmware-bridge/mdb/waferlife.ts'
import {
  decodeWaferReader,
  encodeWaferReader,
  type WaferReaderConfig,
} from '@tillproof/firmware-bridge/mdb/waferlife-reader.ts'
import type { LineDeps, MachineLine } from './line.ts'
import { openVendReader } from './vend-reader.ts'

export function openWaferlifeReader(deps: LineDeps): MachineLine {
  let config: WaferReaderConfig = { currency: deps.currency, scale: null }
  return openVendReader(deps, {
    framer: waferFramer,
    read({ bytes }) {
      const { scale, line } = decodeWaferReader(config, bytes)
      config = { ...config, scale }
      return line
    },
    encode: command => encodeWaferReader(config, command),
    watchdogMs: null,
  })
}
