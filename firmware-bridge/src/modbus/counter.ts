/**
 * Counters that only rise, read as raw value and width: what they counted between two looks.
 *
 *   65530 ─▶ 4, 16 bits     10: it turned over
 *   4000  ─▶ 3, 32 bits     not four milliards: the box was reset, and counted 3 since
 *
 * A turn-over and a reset look the same; how fast the thing can count tells them apart. What was
 * counted between the last look and a reset is lost, and said to be.
 */

export type CounterWidth = {
  bits: number
  /** More than this between two looks cannot be: faster than the machine. */
  maxStep: bigint
}

export type Counted =
  | { kind: 'counted'; by: bigint }
  /** `by`: counted since the reset; what was before it is not known. */
  | { kind: 'reset'; from: bigint; to: bigint; by: bigint }
  /** Neither: nothing of it may be booked. */
  | { kind: 'implausible'; from: bigint; to: bigint }

/** What lies between two readings of one counter. */
export function countBetween(from: bigint, to: bigint, { bits, maxStep }: CounterWidth): Counted {
  const by = BigInt.asUintN(bits, to - from)
  if (by <= maxStep) return { kind: 'counted', by }
  if (to < from && to <= maxStep) return { kind: 'reset', from, to, by: to }
  return { kind: 'implausible', from, to }
}

export type PulseConfig = CounterWidth & {
  /** What one pulse is worth in minor units; null when pulses are no money. */
  minorPerPulse: bigint | null
}

/** The last raw value that was written down; null before the first look. */
export type PulseState = { raw: bigint | null }

export type PulseFact =
  | { kind: 'pulses'; count: bigint; amountMinor: bigint | null; raw: bigint }
  | { kind: 'counter-reset'; from: bigint; to: bigint }
  | { kind: 'implausible'; from: bigint; to: bigint }

/**
 * A pulse input of an I/O module: the module counts, so that no pulse is missed between two looks.
 * The first look only remembers: what was counted before was dealt with by somebody else.
 */
export function stepPulses(
  config: PulseConfig,
  state: PulseState,
  raw: bigint,
): { state: PulseState; facts: PulseFact[] } {
  const next = { raw }
  if (state.raw === null || state.raw === raw) return { state: next, facts: [] }
  const counted = countBetween(state.raw, raw, config)
  if (counted.kind === 'implausible') return { state: next, facts: [counted] }
  const facts: PulseFact[] = []
  if (counted.kind === 'reset') {
    facts.push({ kind: 'counter-reset', from: counted.from, to: counted.to })
  }
  if (counted.by > 0n) facts.push(pulses(config, counted.by, raw))
  return { state: next, facts }
}

function pulses({ minorPerPulse }: PulseConfig, count: bigint, raw: bigint): PulseFact {
  const amountMinor = minorPerPulse === null ? null : count * minorPerPulse
  return { kind: 'pulses', count, amountMinor, raw }
}
