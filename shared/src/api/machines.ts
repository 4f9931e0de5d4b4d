/** Enrolment, devices, their events as they arrive. */
import { z } from 'zod'
import { deviceId, id, instant, money, saleId } from './fields.ts'

export const machineKind = z.enum([
  'vending',
  'massage-chair',
  'shared-car',
  'washer',
  'charger',
  'virtual',
])

/** What an installer or operator asks for; the answer is the slip with the one-time code. */
export const newEnrolment = z.object({
  label: z.string().min(1).max(80),
  kind: machineKind,
  site: z.string().min(1).max(120),
  validForMinutes: z.number().int().min(1).max(10_080).default(60),
  /** A known device whose controller is swapped: it goes on in a new epoch of its log. */
  replaces: deviceId.optional(),
})
export const enrolment = z.object({
  id,
  code: z.string(),
  server: z.string(),
  label: z.string(),
  kind: machineKind,
  site: z.string(),
  expiresAt: instant,
})

/** The agent's first call: the code and a CSR for the claim key; the answer certifies that key. */
export const claimRequest = z.object({ code: z.string().max(80), csrPem: z.string().max(8192) })
export const claim = z.object({
  claimCertificatePem: z.string(),
  caPem: z.string(),
  mqttHost: z.string(),
  mqttPort: z.number().int(),
  templateName: z.string(),
  cloudName: z.string(),
  /** Signed-note verifier keys of the cloud: receipts, vouchers, its log. */
  receiptVkey: z.string(),
  voucherVkey: z.string(),
  logVkey: z.string().optional(),
})

export const liveness = z.enum(['live', 'delayed', 'stale', 'never'])
export const device = z.object({
  id: deviceId,
  operatorId: id,
  label: z.string(),
  kind: machineKind,
  site: z.string(),
  status: z.enum(['active', 'quarantined', 'retired']),
  liveness,
  epoch: z.number().int(),
  logSize: z.number().int(),
  lastHeadAt: instant.nullable(),
  lastEventAt: instant.nullable(),
  position: z.object({ latitudeDeg: z.number(), longitudeDeg: z.number(), at: instant }).nullable(),
  salesToday: z.number().int(),
  takingsToday: money,
})

/** One event as the dashboard shows it; `open` holds the disclosed fields by name. */
export const deviceEvent = z.object({
  deviceId,
  epoch: z.number().int(),
  index: z.number().int(),
  kind: z.string(),
  at: instant,
  saleId: saleId.nullable(),
  open: z.record(z.string(), z.unknown()),
})

/** Something about a machine that a person has to look at, kept with what proves it. */
export const incident = z.object({
  id,
  deviceId,
  kind: z.enum([
    'fork',
    'controller-swap',
    'place-left',
    'moved',
    'tamper',
    'meter-epoch',
    'audit-damaged',
    'voucher-replayed',
    'events-missing',
    'goods-unsold',
    'sales-phantom',
    'two-places',
    'more-than-held',
    'audit-failing',
    'audit-sums-differ',
    'stock-short',
    'stock-over',
    'stock-risen',
    'refill-unseen',
    'sales-at-visit',
  ]),
  detail: z.record(z.string(), z.unknown()),
  openedAt: instant,
  closedAt: instant.nullable(),
  closedReason: z.string().nullable(),
})

/** A door or lid: what its last event said. */
export const deviceContact = z.object({
  /** As the machine's profile names it. */
  contact: z.string(),
  isOpen: z.boolean(),
  at: instant,
})

export type DeviceContact = z.infer<typeof deviceContact>
export type Incident = z.infer<typeof incident>
export type Enrolment = z.infer<typeof enrolment>
export type Claim = z.infer<typeof claim>
export type Device = z.infer<typeof device>
export type DeviceEvent = z.infer<typeof deviceEvent>
