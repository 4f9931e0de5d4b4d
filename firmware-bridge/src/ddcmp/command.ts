/**
 * What the payloads of a DDCMP session say.
 *
 *   77 E0 00 security(2) pass(2) dd mm yy hh mm ss user(2) access    who are you?
 *   88 E0 01 …                                                       yes, and my particulars
 *   77 E2 00 list 01 00 00 00 00                                     read an audit list
 *   88 E2 01 …                                                       yes, it follows
 *   99 nn audit text                                                 a piece of it
 *   77 FF                                                            finished
 *
 * List 1 is the collection: many machines set their interim counters back when it is read, which
 * takes them from the operator's books. List 2 is the same audit, only looked at.
 */

export type AuditList = 'security' | 'collection'

/** Everything in binary-coded decimal on the wire; `year` is the full year. */
export type WireTime = {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

/** Codes that an operator may have set in the machine; zero where none is. */
export type Credentials = {
  securityCode: number
  passCode: number
  userId: number
  access: 'maintenance' | 'route-person'
}

export const NO_CREDENTIALS: Credentials = {
  securityCode: 0,
  passCode: 0,
  userId: 0,
  access: 'route-person',
}

export type DdcmpMessage =
  | { kind: 'who-are-you' }
  | { kind: 'i-am'; accepted: boolean; particulars: Uint8Array }
  | { kind: 'read'; list: number }
  | { kind: 'reading'; accepted: boolean }
  | { kind: 'piece'; text: Uint8Array }
  | { kind: 'finis' }
  | { kind: 'unknown' }

const COMMAND = 0x77
const RESPONSE = 0x88
const PIECE = 0x99
const WHO = 0xe0
const READ = 0xe2
const FINIS = 0xff
const ACCEPTED = 0x01

const LISTS: Record<AuditList, number> = { collection: 1, security: 2 }
const ACCESS: Record<Credentials['access'], number> = { maintenance: 0x0b, 'route-person': 0x0c }

export const isCollection = (list: number): boolean => list === LISTS.collection

export function encodeWhoAreYou(credentials: Credentials, at: WireTime): Uint8Array {
  const { securityCode, passCode, userId, access } = credentials
  const { year, month, day, hour, minute, second } = at
  return Uint8Array.from([
    ...[COMMAND, WHO, 0x00],
    ...[securityCode, passCode].flatMap(word),
    ...[day, month, year % 100, hour, minute, second].map(bcd),
    ...word(userId),
    ACCESS[access],
  ])
}

export function encodeRead(list: AuditList): Uint8Array {
  return Uint8Array.of(COMMAND, READ, 0x00, LISTS[list], 0x01, 0x00, 0x00, 0x00, 0x00)
}

export function encodeFinis(): Uint8Array {
  return Uint8Array.of(COMMAND, FINIS)
}

export function encodeIAm(accepted: boolean, particulars: Uint8Array): Uint8Array {
  return Uint8Array.from([RESPONSE, WHO, accepted ? ACCEPTED : 0x02, ...particulars])
}

export function encodeReading(accepted: boolean, list: number): Uint8Array {
  return Uint8Array.of(RESPONSE, READ, accepted ? ACCEPTED : 0x02, list, 1, 0, 0, 0, 0)
}

/** `counter` numbers the pieces from 0, modulo 256. */
export function encodePiece(counter: number, text: Uint8Array): Uint8Array {
  return Uint8Array.from([PIECE, counter & 0xff, ...text])
}

export function decodeMessage(payload: Uint8Array): DdcmpMessage {
  const [type, verb, detail, list] = payload
  if (type === PIECE && payload.length >= 2) return { kind: 'piece', text: payload.slice(2) }
  if (type === COMMAND && verb === FINIS) return { kind: 'finis' }
  if (type === COMMAND && verb === WHO && payload.length === 16) return { kind: 'who-are-you' }
  if (type === COMMAND && verb === READ && list !== undefined) return { kind: 'read', list }
  const accepted = detail === ACCEPTED
  if (type === RESPONSE && verb === WHO) {
    return { kind: 'i-am', accepted, particulars: payload.slice(3) }
  }
  if (type === RESPONSE && verb === READ) return { kind: 'reading', accepted }
  return { kind: 'unknown' }
}

function bcd(value: number): number {
  return (Math.floor(value / 10) % 10) * 16 + (value % 10)
}

function word(value: number): [low: number, high: number] {
  return [value & 0xff, (value >> 8) & 0xff]
}
