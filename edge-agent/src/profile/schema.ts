/**
 * A machine profile: all that the agent has to know of a kind of machine, as data. The files lie in
 * `edge-agent/profiles/`; docs/operating/machines.md says how to write one.
 *
 * Vocabulary: port = a line of the machine, by the name on the installer's list · point = a named
 * number or bit of a port (`timer.runs`) · signal = a named yes or no made from a point · meter = a
 * counter of the machine that evidence keeps raw · session = how it sells · watch = what else is
 * noted · corroboration = which independent fact a claim can be held against.
 */
import { machineKind } from '@tillproof/shared/api/machines.ts'
import { EVENT_KINDS, type EventKind } from '@tillproof/shared/event/event.ts'
import { z } from 'zod'
import { DRIVER_TRAITS, type DriverName } from './driver-traits.ts'
import { currencyCode, decimal, name, offers, pointRef, profileName, title } from './fields.ts'
import { session } from './sessions.ts'

const eventKind = z.enum(Object.keys(EVENT_KINDS) as [EventKind, ...EventKind[]])

const port = z.strictObject({
  driver: z.enum(Object.keys(DRIVER_TRAITS) as [DriverName, ...DriverName[]]),
  /** What the installer plugs in here. */
  title,
  /** Without it the agent does not start. */
  needed: z.boolean().default(true),
  baud: z.number().int().min(300).max(4_000_000).optional(),
  /** Register map by name, or the path of one beside this file. */
  map: z.string().min(1).max(200).optional(),
  unitId: z.number().int().min(0).max(255).default(1),
})

/** A yes or no: the point is one of `is`, or not zero. */
const signal = z.strictObject({
  from: pointRef,
  is: z.array(z.number().int()).min(1).max(16).optional(),
  /** Turned round: a contact that opens when the door does. */
  not: z.boolean().default(false),
})

const meter = z.strictObject({
  from: pointRef,
  unit: z.string().min(1).max(20),
  /** Width of the counter before it begins again at 0. */
  bits: z.number().int().min(8).max(64),
  /** Whether it can only rise, wraps apart: a fall is then an alarm. */
  falls: z.enum(['never', 'may']).default('never'),
})

/** A signal's changes as events of the log. */
const contact = z.strictObject({
  signal: name,
  rises: eventKind,
  falls: eventKind.optional(),
})

const watch = z.strictObject({
  contacts: z.array(contact).max(16).default([]),
  /** Positions are noted this often; movement and fence are judged at every fix. */
  position: z
    .strictObject({
      port: name,
      everySeconds: z.strictObject({
        serving: z.number().min(1).max(3600),
        otherwise: z.number().min(1).max(86_400),
      }),
      /** A machine that should stand: moved when further than this from where it stood. */
      standsWithinMetres: z.number().min(10).max(100_000).optional(),
      /** A place counts as left, reached or moved from when so many fixes in a row say so. */
      votes: z
        .strictObject({
          fixes: z.number().int().min(1).max(20),
          withinSeconds: z.number().min(1).max(3600),
        })
        .default({ fixes: 3, withinSeconds: 120 }),
      /** So far beyond a fence nothing is decided: a receiver at rest wanders. */
      edgeMetres: z.number().min(0).max(1000).default(25),
    })
    .optional(),
})

const audit = z.strictObject({
  port: name,
  everyHours: z.number().min(0.25).max(168).default(6),
})

const limits = z.strictObject({
  /** Nothing dearer is sold, by currency; an agent.yaml may say less. */
  maxPrice: z.record(currencyCode, decimal).default({}),
  /** Events of one kind in an hour; more are shed unless they are about money. */
  eventsPerHour: z.number().int().min(1).max(1_000_000).default(3600),
  /** What a machine of this kind can do at most: more is not believed by who reads the evidence. */
  capacity: z
    .strictObject({
      salesPerHour: z.number().int().min(1).max(10_000),
      /** Pieces, cups, litres it holds between two visits. */
      stock: z.number().int().min(1).max(1_000_000).optional(),
    })
    .optional(),
})

/** For readers of the evidence: the claim is believed more when the other fact agrees. */
const corroboration = z.strictObject({
  claim: eventKind,
  by: z.enum(['meter', 'audit', 'payment', 'signal', 'position']),
  /** Meter or signal of this profile, element of the audit (`VA102`), or `order` of a payment. */
  of: z.string().min(1).max(40),
  /** How far `of` moves with one claim: a number, or the paid amount or minutes. */
  rises: z.union([z.number().int(), z.enum(['amount', 'minutes'])]).optional(),
  tolerance: z.number().int().min(0).default(0),
})

export const machineProfile = z.strictObject({
  profile: profileName,
  /** Raised with every change: it is named in the log. */
  version: z.number().int().min(1),
  kind: machineKind,
  title,
  /** What the machine is and how it is connected, for an installer. */
  describes: z.string().min(1).max(600),
  ports: z.record(name, port).default({}),
  session,
  /** Port whose codes are vouchers. */
  codes: name.optional(),
  signals: z.record(name, signal).default({}),
  meters: z.record(name, meter).default({}),
  /** How often the meters are written down while nobody uses the machine. */
  metersEveryMinutes: z.number().min(1).max(1440).default(60),
  watch: watch.prefault({}),
  audit: audit.optional(),
  limits: limits.prefault({}),
  /** Usual offers of a machine that is rented; an agent.yaml has its own. */
  offers: offers.optional(),
  corroboration: z.array(corroboration).max(32).default([]),
})

export type MachineProfile = z.infer<typeof machineProfile>
export type ProfilePort = MachineProfile['ports'][string]
export type SignalRule = MachineProfile['signals'][string]
export type MeterRule = MachineProfile['meters'][string]
export type WatchRules = MachineProfile['watch']
export type AuditRules = NonNullable<MachineProfile['audit']>
