/**
 * ccTalk messages: coin and bill acceptors on one wire, 9600 8N1.
 *
 *   02 00 01 FE FF          to 2, no data, from 1, header 254 (simple poll), sum
 *   01 0B 02 00 … sum       to 1, 11 bytes of data, from 2, header 0 (a reply)
 *
 * All bytes of a message add up to 0 modulo 256. One wire means that the host hears itself first:
 * a message from our own address is our echo.
 */

export type CctalkFrame = {
  kind: 'message'
  destination: number
  source: number
  /** What is asked; 0 in every reply. */
  header: number
  data: Uint8Array
}

export const HOST_ADDRESS = 1
export const COIN_ACCEPTOR_ADDRESS = 2
export const BILL_VALIDATOR_ADDRESS = 40

/** Headers of the messages between an acceptor of coins or bills and its host. */
export const HEADERS = {
  reply: 0,
  reset: 1,
  nak: 5,
  busy: 6,
  modifyBillMode: 153,
  requestScaling: 156,
  requestBillName: 157,
  readBills: 159,
  requestCoinName: 184,
  modifyMasterInhibit: 228,
  readCredits: 229,
  modifyInhibits: 231,
  simplePoll: 254,
} as const

export const MAX_DATA_BYTES = 255
/** Destination, length, source, header, sum. */
export const OVERHEAD_BYTES = 5

export function encodeMessage(message: Omit<CctalkFrame, 'kind'>): Uint8Array {
  const { destination, source, header, data } = message
  const body = [destination, data.length, source, header, ...data]
  return Uint8Array.from([...body, (256 - sumOf(body)) % 256])
}

/** Sum of all bytes modulo 256: zero over a whole message. */
export function sumOf(bytes: Iterable<number>): number {
  let sum = 0
  for (const byte of bytes) sum = (sum + byte) % 256
  return sum
}

/** Heard back by the host on the one wire. */
export function isEcho(frame: CctalkFrame, own: number = HOST_ADDRESS): boolean {
  return frame.source === own
}
