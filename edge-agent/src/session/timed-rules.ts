/**
 * What a machine that sells time, energy or distance is, as plain data out of its profile.
 *
 * Vocabulary: signal = a yes or no that the machine shows · meter = a counter of it, raw · look =
 * all of them at one moment · deed = something written to it · deposit = what was paid beforehand,
 * of which the final amount is what was used.
 */

/** All signals and meters at one moment; several lines of a machine may have a part in it. */
export type Look = { signals: Record<string, boolean>; meters: Record<string, bigint> }

/** A number to be written to a point, or so many pulses on an output, as a coin would give. */
export type Deed =
  | { point: string; value: number | 'minutes' | 'seconds' | 'units' }
  | { point: string; pulseEachMinutes: number; widthMs: number }

export type TimedOffer = {
  item: string
  /** Decimal text: the price, or with `unitPrice` the deposit. */
  price: string
  minutes?: number | undefined
  /** Whole units, for machines that say what a unit is. */
  units?: number | undefined
  /** Decimal text: what a unit costs; what is not used of the deposit is not owed. */
  unitPrice?: string | undefined
}

export type TimedRules = {
  /** `session.<name>` keeps the sale over a power cut: never another one on a machine in use. */
  name: string
  /** The line that its facts are read from. */
  port: string
  /** Who ends the run: the machine by itself, or the agent when what was paid for is used up. */
  timedBy: 'machine' | 'agent'
  /** Signal: it serves. */
  serving: string
  /** Signal: it must not be started; a run that meets it has failed. */
  fault?: string | undefined
  /** Signals: while one holds, the agent does not end the run (somebody sits in the car). */
  heldBy: readonly string[]
  /** Meter that moves with each start: it tells of runs that nobody saw. */
  runs?: string | undefined
  start: readonly Deed[]
  stop: readonly Deed[]
  /** Whether writing `start` twice is the same as once. Pulses buy again: not so. */
  startAgain: boolean
  /** It has ended when it has not served for so long: a drum rests between two turns. */
  restSeconds?: number | undefined
  /** Meters written down at start and end, with the bits after which they begin anew. */
  meters: Readonly<Record<string, { bits: number }>>
  /** What a unit is: so many counts of a meter. */
  sold?: { meter: string; unit: string; perUnit: number } | undefined
  /** How often the meters are written down while nobody uses the machine; absent: never. */
  metersEverySeconds?: number | undefined
}

export type Tariff = { currency: string; offers: readonly TimedOffer[] }

/** A look without one of the names that the rules speak of is no look. */
export function isComplete(rules: TimedRules, { signals, meters }: Look): boolean {
  const { serving, fault, heldBy } = rules
  const needed = [serving, ...(fault === undefined ? [] : [fault]), ...heldBy]
  return (
    needed.every(name => signals[name] !== undefined) &&
    Object.keys(rules.meters).every(name => meters[name] !== undefined)
  )
}
