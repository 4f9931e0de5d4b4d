/**
 * Model profiles: where machines of a maker put other elements than the standard says.
 * A profile is data. It is chosen by the maker's prefix of DXS01, or by hand; what it moves, and
 * why we believe it, is part of the printed audit.
 */
import { elementName, type Segment } from './segment.ts'

export type ModelProfile = {
  name: string
  /** Beginnings of DXS01 (three letters of the maker, then its own number) that choose it. */
  makers: string[]
  /** For people: what is different. */
  says: string
  /** By segment: which element each field really is, in order; null = nothing we know. */
  moves: Readonly<Record<string, (string | null)[]>>
}

export const STANDARD: ModelProfile = {
  name: 'standard',
  makers: [],
  says: 'every field is what EVA-DTS 6.1 says',
  moves: {},
}

export const PROFILES: readonly ModelProfile[] = [
  STANDARD,
  {
    // Over whole audits of this maker the third fields add up to VA102, the first ones do not,
    // and first field times price is the second.
    name: 'animo',
    makers: ['ANI'],
    says: 'products count (interval, interval value, lifetime); there is no lifetime value',
    moves: {
      PA2: ['PA203', 'PA204', 'PA201'],
      PA3: ['PA303', 'PA304', 'PA301'],
      PA4: ['PA403', 'PA404', 'PA401'],
    },
  },
  {
    name: 'product-value-first',
    makers: [],
    says: 'products say (value, count), as all other meters do',
    moves: { PA2: ['PA202', 'PA201', 'PA204', 'PA203'] },
  },
]

/** The profile of the file's maker; the standard when nobody knows better. */
export function profileFor(segments: Segment[]): ModelProfile {
  const sender = segments.find(({ id }) => id === 'DXS')?.fields[0] ?? ''
  const isMaker = ({ makers }: ModelProfile) => makers.some(maker => sender.startsWith(maker))
  return PROFILES.find(isMaker) ?? STANDARD
}

export function profileNamed(name: string): ModelProfile | undefined {
  return PROFILES.find(profile => profile.name === name)
}

/** Elements of a segment by name, with the profile's moves applied. */
export function elementsOf(segment: Segment, profile: ModelProfile): Map<string, string> {
  const moved = profile.moves[segment.id]
  const named = segment.fields.map((text, index): [string | null, string] => [
    moved === undefined ? elementName(segment.id, index) : (moved[index] ?? null),
    text,
  ])
  return new Map(named.filter((it): it is [string, string] => it[0] !== null))
}
