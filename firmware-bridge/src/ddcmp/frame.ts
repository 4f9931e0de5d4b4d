/**
 * DDCMP as vending machines speak it (EVA-DTS), 2400 8N1 at the start.
 *
 *   05 type flags rr num addr crc                  control: ACK 1, NAK 2, REP 3, START 6, STACK 7
 *   81 lo  flags+hi rr num addr crc  payload crc   data: 14 bits of length, then the payload
 *
 * `rr` is the last message received, `num` the number of this one, both modulo 256. Flags: 40h
 * always, 80h on the last message of an audit, the low six bits of a NAK are its reason. Both
 * checksums are CRC-16/ARC, low byte first. In START and STACK `num` proposes a line speed; zero
 * stays where we are.
 */
import { crc16Arc } from '../crc.ts'

export const CONTROL = 0x05
export const DATA = 0x81
export const HEADER_BYTES = 8
export const ADDRESS = 0x01

const SYNC_FLAG = 0x40
export const LAST_FLAG = 0x80

export type DdcmpControlType = 'ack' | 'nak' | 'rep' | 'start' | 'stack'

export type DdcmpControl = {
  kind: 'control'
  type: DdcmpControlType
  /** Why a NAK was sent, 0–63; zero for all others. */
  reason: number
  rr: number
  num: number
}
export type DdcmpData = {
  kind: 'data'
  rr: number
  num: number
  /** Nothing follows in this direction. */
  last: boolean
  payload: Uint8Array
}
export type DdcmpFrame = DdcmpControl | DdcmpData

/** Reasons of a NAK: the payload's checksum failed; answer to REP; a message was missed. */
export const NAK_DATA_CRC = 2
export const NAK_REP = 3
export const NAK_OUT_OF_ORDER = 16

const TYPES: Record<DdcmpControlType, number> = { ack: 1, nak: 2, rep: 3, start: 6, stack: 7 }

export function encodeControl(control: Omit<DdcmpControl, 'kind'>): Uint8Array {
  const { type, reason, rr, num } = control
  return withCrc([CONTROL, TYPES[type], SYNC_FLAG | reason, rr, num, ADDRESS])
}

/** Header and payload, each with its checksum. */
export function encodeData({ rr, num, last, payload }: Omit<DdcmpData, 'kind'>): Uint8Array {
  const flags = SYNC_FLAG | (last ? LAST_FLAG : 0) | (payload.length >> 8)
  const header = withCrc([DATA, payload.length & 0xff, flags & 0xff, rr, num, ADDRESS])
  return Uint8Array.from([...header, ...withCrc(payload)])
}

function withCrc(bytes: Iterable<number>): Uint8Array {
  const body = Uint8Array.from(bytes)
  const crc = crc16Arc(body)
  return Uint8Array.from([...body, crc & 0xff, crc >> 8])
}

/** Whether the last two bytes are the checksum of those before them. */
export function isChecked(bytes: Uint8Array): boolean {
  const crc = (bytes.at(-2) ?? 0) | ((bytes.at(-1) ?? 0) << 8)
  return bytes.length >= 2 && crc16Arc(bytes.subarray(0, -2)) === crc
}

/** The eight bytes of a control message; undefined for a type that DDCMP does not have. */
export function decodeControl(header: Uint8Array): DdcmpControl | undefined {
  const [, code = 0, flags = 0, rr = 0, num = 0] = header
  const found = Object.entries(TYPES).find(([, value]) => value === code)
  if (found === undefined) return undefined
  const type = found[0] as DdcmpControlType
  return { kind: 'control', type, reason: type === 'nak' ? flags & 0x3f : 0, rr, num }
}

/** Length of the payload that a data header announces, without its checksum. */
export function payloadLength(header: Uint8Array): number {
  return (header[1] ?? 0) | (((header[2] ?? 0) & 0x3f) << 8)
}
