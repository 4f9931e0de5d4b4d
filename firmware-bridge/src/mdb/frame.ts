/**
 * Blocks of the MDB/ICP bus, as adapters hand them over: one command byte of the master, then data.
 *
 *   13 | 00 00 64 00 05 | 7C      address 10h (cashless 1) + command 3, data, CHK
 *
 * The upper five bits name the peripheral, the lower three what it is told. CHK is the low byte of
 * the sum of all bytes before it; most adapters check it and leave it out. ACK, NAK and RET are
 * single bytes of their own and no blocks. (MDB/ICP 4.2, section 2.)
 */

export type Peripheral = 'changer' | 'cashless-1' | 'bill-validator' | 'cashless-2'

const ADDRESSES: readonly (readonly [Peripheral, number])[] = [
  ['changer', 0x08],
  ['cashless-1', 0x10],
  ['bill-validator', 0x30],
  ['cashless-2', 0x60],
]
const ADDRESS_OF = new Map(ADDRESSES)
const PERIPHERAL_AT = new Map(ADDRESSES.map(([name, address]) => [address, name] as const))

/** The longest block of the bus, CHK included (section 2.2). */
export const MAX_BLOCK_BYTES = 36

/** Who is meant by a command byte; undefined for peripherals that carry no money. */
export function peripheralOf(command: number): Peripheral | undefined {
  return PERIPHERAL_AT.get(command & 0xf8)
}

/** The command byte that tells `peripheral` command 0–7. */
export function commandByte(peripheral: Peripheral, command: number): number {
  return (ADDRESS_OF.get(peripheral) ?? 0) | (command & 0x07)
}

/** What the bus appends to a block. */
export function checkOf(block: Uint8Array): number {
  return block.reduce((sum, byte) => (sum + byte) & 0xff, 0)
}

/** A block with its CHK → the block; undefined when CHK does not agree. */
export function withoutCheck(bytes: Uint8Array): Uint8Array | undefined {
  const block = bytes.subarray(0, -1)
  return bytes.length >= 2 && checkOf(block) === bytes.at(-1) ? block : undefined
}

/** `"0D0A"` → bytes, in adapters' spelling: an even number of digits, nothing else. */
export function hexToBytes(text: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) return undefined
  const pairs = text.match(/../g) ?? []
  return Uint8Array.from(pairs, pair => Number.parseInt(pair, 16))
}

/** Two upper-case digits a byte. */
export function bytesToHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).toUpperCase().padStart(2, '0')).join('')
}
