/** The 16-bit checksums of our serial lines, with the parameters of their standards. */

/** CRC-16/XMODEM: polynomial 1021h, start 0, not reflected. GM6x scanners send it big-endian. */
export function crc16Xmodem(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
    crc &= 0xffff
  }
  return crc
}

/** CRC-16/MODBUS: polynomial 8005h reflected, start FFFFh. Sent low byte first. */
export function crc16Modbus(bytes: Uint8Array): number {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc
}

/**
 * CRC-16/ARC: polynomial 8005h reflected, start 0. DEX/UCS and DDCMP send it low byte first; audit
 * files write it as four hex digits, high byte first. `seed` continues a sum over several pieces.
 */
export function crc16Arc(bytes: Uint8Array, seed = 0): number {
  let crc = seed
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc
}
