/** Driver name → what opens its line: the only place that knows which protocol is which code. */
import type { DriverName } from '../profile/driver-traits.ts'
import { openBridge } from './bridge.ts'
import { openCctalkHost } from './cctalk-host.ts'
import { openCctalkTap } from './cctalk-tap.ts'
import { openGps } from './gps.ts'
import type { OpenLine } from './line.ts'
import { openMdbReader } from './mdb-reader.ts'
import { openMdbSniffer } from './mdb-sniffer.ts'
import { openModbusBox } from './modbus.ts'
import { openScanner } from './scanner.ts'
import { openWaferlifeChanger } from './waferlife-changer.ts'
import { openWaferlifeReader } from './waferlife-reader.ts'

/** Null: the port is opened by the audit schedule, and only while an audit is read. */
export const DRIVERS: Record<DriverName, OpenLine | null> = {
  'mdb-reader': openMdbReader,
  'mdb-sniffer': openMdbSniffer,
  waferlife: openWaferlifeReader,
  'waferlife-changer': openWaferlifeChanger,
  scanner: openScanner,
  gps: openGps,
  modbus: openModbusBox,
  cctalk: openCctalkTap,
  'cctalk-host': openCctalkHost,
  bridge: openBridge,
  dex: null,
  ddcmp: null,
}
