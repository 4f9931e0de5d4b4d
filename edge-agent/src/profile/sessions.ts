/**
 * How a machine sells, as far as a profile has to say it. One strict object a session kind; the
 * session machines of the same names live in `session/`.
 */
import { z } from 'zod'
import { name, pointRef } from './fields.ts'

/**
 * One deed on a line. `value`: a number, or the minutes, seconds or units that were paid. Pulses
 * switch an output on and off instead, as a coin selector would do it.
 */
const write = z.strictObject({
  point: pointRef,
  value: z.union([z.number().int().min(0), z.enum(['minutes', 'seconds', 'units'])]),
})
const pulses = z.strictObject({
  point: pointRef,
  /** One pulse for so many paid minutes, rounded up. */
  pulseEachMinutes: z.number().positive().max(240),
  /** On this long, off this long. */
  widthMs: z.number().int().min(20).max(2000).default(100),
})
export const deed = z.union([write, pulses])

/** Vouchers of ours pay; the machine asks through its cashless reader and tells the outcome. */
const vending = z.strictObject({
  kind: z.literal('vending'),
  /** Port that speaks `vend`. */
  reader: name,
})

/** Somebody else's money passes by: sales are watched, never touched. */
const observed = z.strictObject({
  kind: z.literal('observed'),
  /** Port that speaks `sales`. */
  watches: name,
})

/** A paid voucher starts the machine for some minutes or units. */
const rental = z.strictObject({
  kind: z.literal('rental'),
  /** Who ends the run: the machine by itself, or the agent when the paid time is used up. */
  timedBy: z.enum(['machine', 'agent']),
  /** True while the machine serves. */
  serving: name,
  /** True when it must not be started; a run that meets it has failed. */
  fault: name.optional(),
  /** While one of these is true, the agent does not end the run though its time is used up. */
  heldBy: z.array(name).max(8).default([]),
  /** Meter that rises by one at each start: it tells of runs that nobody saw. */
  runs: name.optional(),
  start: z.array(deed).min(1).max(8),
  stop: z.array(deed).max(8).default([]),
  /** Whether writing `start` again can do no harm. Pulses buy again, so there it cannot be. */
  startAgain: z.boolean().default(true),
  /** It has ended when it has not served for so long: a drum rests between two turns. */
  restSeconds: z.number().min(0).max(3600).optional(),
  /** What a unit of an offer is: so many counts of a meter. */
  sold: z
    .strictObject({
      meter: name,
      unit: z.string().min(1).max(20),
      perUnit: z.number().int().min(1),
    })
    .optional(),
})

/** No sales of its own: facts come by the local API, or from audits and watches only. */
const none = z.strictObject({ kind: z.literal('none') })

export const session = z.discriminatedUnion('kind', [vending, observed, rental, none])

export type SessionRules = z.infer<typeof session>
export type RentalRules = z.infer<typeof rental>
export type Deed = z.infer<typeof deed>
