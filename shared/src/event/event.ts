/**
 * An event is one fact a machine states. Its open part may be shown to everybody who may see the
 * machine; its sealed part holds personal data and can be erased without harming any proof.
 * Layout on the wire: docs/wire/event.cddl.
 */

/** Every kind with its number on the wire. Numbers are never reused. */
export const EVENT_KINDS = {
  genesis: 0,
  'agent.started': 1,
  'agent.stopped': 2,
  'port.up': 3,
  'port.down': 4,
  'sale.requested': 5,
  'payment.seen': 6,
  'sale.approved': 7,
  'sale.refused': 8,
  'sale.result': 9,
  'session.started': 10,
  'session.ended': 11,
  'meter.read': 12,
  'position.fix': 13,
  'door.opened': 14,
  'door.closed': 15,
  'ignition.on': 16,
  'ignition.off': 17,
  custom: 18,
  test: 19,
  gap: 20,
  redaction: 21,
  // 22 is what a golden vector calls an unknown kind.
  'place.left': 23,
  'place.entered': 24,
  moved: 25,
  'tamper.on': 26,
  'tamper.off': 27,
  'meter.epoch': 28,
  'audit.read': 29,
  'audit.failed': 30,
  'voucher.replayed': 31,
} as const

export type EventKind = keyof typeof EVENT_KINDS

/** How a sale ended; `presumed` when power was lost between approval and the machine's answer. */
export const SALE_RESULTS = { success: 0, failed: 1, presumed: 2 } as const
export type SaleResult = keyof typeof SALE_RESULTS

/** What a sale was paid with that no order of ours paid for: coins, or somebody else's reader. */
export const TENDERS = { cash: 0, reader: 1 } as const
export type Tender = keyof typeof TENDERS

/** WGS 84 in ten-millionths of a degree. */
export type Position = { latitudeE7: number; longitudeE7: number }

export type DetailValue = string | number | boolean | bigint

/** The first event of a log: binds the evidence key to the machine and to its TLS certificate. */
export type Genesis = {
  model: string
  controllerSerial: string
  /** SHA-256 of the device certificate's DER, 32 bytes. */
  tlsFingerprint: Uint8Array
  /** Ed25519 public key that signs this log's heads, 32 bytes. */
  evidenceKey: Uint8Array
  agentVersion: string
  /** Origin and last signed head of the epoch before this one. */
  previousOrigin?: string
  previousHead?: string
}

export type OpenEvent = {
  kind: EventKind
  /** Position in the device's log, from 0. */
  index: number
  /** The device's own clock, Unix time. */
  atMs: number
  /** Since boot: orders events when the clock is wrong. */
  monotonicMs: number
  /** Eight random bytes drawn at each boot. */
  bootId: Uint8Array
  /** Index of the event that opened the sale; equal to `index` on that event itself. */
  sale?: number
  /** Always together with `currency`. */
  amountMinor?: bigint
  currency?: string
  /** Slot, programme or tariff. */
  item?: string
  result?: SaleResult
  position?: Position
  /** The order a payment was made for: a UUID in lower case. */
  orderId?: string
  /** Absolute counter readings by name. */
  meters?: Record<string, bigint>
  /** The line the fact was read from. */
  port?: string
  detail?: Record<string, DetailValue>
  genesis?: Genesis
  /** On the event that opens a sale which was only watched; absent: an order of ours pays. */
  tender?: Tender
}

/** Personal data. */
export type SealedEvent = { payer?: string; plate?: string; text?: string }

/** An event as it is kept, sent and committed to; its bytes are hashed, never encoded again. */
export type EventParts = {
  open: Uint8Array
  /** 16 random bytes. */
  openSalt: Uint8Array
  sealed: Uint8Array | null
  /** 16 random bytes; null exactly when `sealed` is. */
  sealedSalt: Uint8Array | null
  /**
   * Only where a sealed part was erased with its salt: the 32 bytes it was committed to by, never
   * all zero. `sealed` and `sealedSalt` are null then.
   */
  sealedHash?: Uint8Array
}

/** Events about money and meters, and the genesis: never shed when the disk fills. */
const MONEY_KINDS: ReadonlySet<EventKind> = new Set([
  'genesis',
  'sale.requested',
  'payment.seen',
  'sale.approved',
  'sale.refused',
  'sale.result',
  'session.started',
  'session.ended',
  'meter.read',
  'gap',
  'redaction',
  'meter.epoch',
  'audit.read',
])

export function isMoneyEvent(kind: EventKind): boolean {
  return MONEY_KINDS.has(kind)
}
