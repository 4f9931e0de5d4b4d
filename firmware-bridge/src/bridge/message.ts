/**
 * What a microcontroller bridge and its gateway say to each other (docs/wire/bridge.md), as one
 * table: a message is its type and then its fields. Numbers are unsigned and little-endian; `text`
 * and `bytes` are one byte of length, then so many bytes.
 */

const LAYOUTS = {
  welcome: {
    type: 0x01,
    fields: {
      version: 'u8',
      session: 'u32',
      unit: 'u32',
      boot: 'u32',
      first: 'u32',
      uptimeMs: 'u32',
      keepsCounters: 'u8',
      firmware: 'text',
    },
  },
  heartbeat: {
    type: 0x02,
    fields: {
      boot: 'u32',
      session: 'u32',
      uptimeMs: 'u32',
      next: 'u32',
      lostChanges: 'u32',
      badFrames: 'u32',
      unknownTypes: 'u32',
      firmware: 'text',
    },
  },
  pulse: {
    type: 0x03,
    fields: {
      boot: 'u32',
      number: 'u32',
      uptimeMs: 'u32',
      input: 'u8',
      bits: 'u8',
      raw: 'u32',
      lengthMs: 'u16',
    },
  },
  contact: {
    type: 0x04,
    fields: {
      boot: 'u32',
      number: 'u32',
      uptimeMs: 'u32',
      input: 'u8',
      role: 'u8',
      active: 'u8',
    },
  },
  gnss: { type: 0x05, fields: { boot: 'u32', offset: 'u32', data: 'bytes' } },
  done: { type: 0x06, fields: { session: 'u32', number: 'u32', result: 'u8' } },
  hello: {
    type: 0x41,
    fields: { version: 'u8', session: 'u32', unit: 'u32', boot: 'u32', received: 'u32' },
  },
  ack: { type: 0x42, fields: { boot: 'u32', received: 'u32' } },
  output: {
    type: 0x43,
    fields: { session: 'u32', number: 'u32', output: 'u8', on: 'u8', forMs: 'u16' },
  },
} as const

type Layouts = typeof LAYOUTS
type Name = keyof Layouts
type Values = { u8: number; u16: number; u32: number; text: string; bytes: Uint8Array }
type FieldType = keyof Values
type Fields<Layout> = {
  -readonly [Field in keyof Layout]: Layout[Field] extends FieldType ? Values[Layout[Field]] : never
}

/** One message by its name, such as BridgeMessageOf<'pulse'>. */
export type BridgeMessageOf<Of extends Name> = { type: Of } & Fields<Layouts[Of]['fields']>
export type BridgeMessage = { [Of in Name]: BridgeMessageOf<Of> }[Name]

export const WIRE_VERSION = 1
export const CONTACT_ROLES = { door: 1, tamper: 2 } as const
export const RESULT_DONE = 0

const WIDTHS = { u8: 1, u16: 2, u32: 4 } as const
const NAMES = new Map(Object.entries(LAYOUTS).map(([name, { type }]) => [type as number, name]))

/** Type and payload. Fields have to be within their widths. */
export function encodeMessage(message: BridgeMessage): Uint8Array {
  const { type, fields } = LAYOUTS[message.type]
  const values: Readonly<Record<string, unknown>> = message
  const parts = Object.entries(fields).map(([field, kind]) => encodeField(kind, values[field]))
  return Uint8Array.from([type, ...parts.flat()])
}

function encodeField(kind: FieldType, value: unknown): number[] {
  if (kind === 'text') return prefixed(new TextEncoder().encode(String(value)))
  if (kind === 'bytes') return prefixed(value instanceof Uint8Array ? value : [])
  const number = Number(value)
  return Array.from({ length: WIDTHS[kind] }, (_, byte) => (number >>> (8 * byte)) & 0xff)
}

function prefixed(bytes: Iterable<number>): number[] {
  const list = Array.from(bytes)
  return [list.length, ...list]
}

/**
 * Reads type and payload; fields that a later version added at the end are left out.
 * @returns `unknown` for a type of a later version, `short` when the payload ends too early.
 */
export function decodeMessage(body: Uint8Array): BridgeMessage | 'unknown' | 'short' {
  const name = NAMES.get(body[0] ?? 0)
  if (name === undefined) return 'unknown'
  const message: Record<string, unknown> = { type: name }
  let rest = body.subarray(1)
  for (const [field, kind] of Object.entries(LAYOUTS[name as Name].fields)) {
    const length = lengthOf(kind, rest)
    if (length > rest.length) return 'short'
    message[field] = decodeField(kind, rest.subarray(0, length))
    rest = rest.subarray(length)
  }
  // The table and the type are one: what the table says was read has that type.
  return message as BridgeMessage
}

function lengthOf(kind: FieldType, rest: Uint8Array): number {
  return kind === 'text' || kind === 'bytes' ? 1 + (rest[0] ?? 0) : WIDTHS[kind]
}

function decodeField(kind: FieldType, bytes: Uint8Array): number | string | Uint8Array {
  if (kind === 'text') return String.fromCharCode(...bytes.subarray(1))
  if (kind === 'bytes') return bytes.slice(1)
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0)
}
