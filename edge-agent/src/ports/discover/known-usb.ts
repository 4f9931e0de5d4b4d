/** USB ids that say something. Most adapters say only which chip they were made with. */
import type { DriverName } from '../../profile/driver-traits.ts'

export type UsbIds = {
  vendorId: string
  productId: string
  manufacturer: string | null
  serialNumber: string | null
}
export type UsbHint = { name: string; driver: DriverName | null }

/** By vendor, or vendor and product; lower-case hex. */
const KNOWN = new Map<string, UsbHint>([
  ['1546', { name: 'u-blox receiver', driver: 'gps' }],
  ['0c2e', { name: 'Honeywell scanner', driver: 'scanner' }],
  ['05e0', { name: 'Zebra scanner', driver: 'scanner' }],
  ['0403', { name: 'FTDI serial adapter', driver: null }],
  ['1a86', { name: 'WCH serial adapter', driver: null }],
  ['10c4', { name: 'Silicon Labs serial adapter', driver: null }],
  ['067b', { name: 'Prolific serial adapter', driver: null }],
  ['2e8a:000a', { name: 'Raspberry Pi Pico', driver: 'bridge' }],
  ['2e8a', { name: 'Raspberry Pi microcontroller', driver: null }],
  ['2341', { name: 'Arduino board', driver: null }],
  ['0483:5740', { name: 'STM32 virtual port', driver: null }],
])

export function hintOf({ vendorId, productId, manufacturer }: UsbIds): UsbHint | null {
  if (/qibixx/i.test(manufacturer ?? '')) return { name: 'Qibixx adapter', driver: 'mdb-reader' }
  const [vendor, product] = [vendorId.toLowerCase(), productId.toLowerCase()]
  return KNOWN.get(`${vendor}:${product}`) ?? KNOWN.get(vendor) ?? null
}
