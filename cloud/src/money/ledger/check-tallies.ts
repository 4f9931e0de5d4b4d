/**
 * What agreements remember, rebuilt from the journals and the signed terms alone, and compared with
 * what the writer stored: a wrong memory would ask wrongly of every later sale.
 */
import { type BookState, talliesAfter, tallyKey } from '@tillproof/shared/agreement/state.ts'
import type { Tally } from '@tillproof/shared/agreement/tally.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { NamedTally } from './book.ts'

export type TallyWalk = { terms: ReadonlyMap<string, AgreementTerms>; tallies: Map<string, Tally> }

/** Terms by the name that journals give them. */
export async function beginTallies(tx: Tx, operatorId: string): Promise<TallyWalk> {
  const rows = await tx.query<{ terms: AgreementTerms }>(
    'select terms from agreements where operator_id = $1 and effective_from is not null',
    [operatorId],
  )
  const terms = new Map(
    rows.map(row => [versionKey(row.terms.agreementId, row.terms.version), row.terms] as const),
  )
  return { terms, tallies: new Map() }
}

/** Folds one journal in, in the order of the book; `released` takes back what was pending. */
export function visitTallies(walk: TallyWalk, journal: Journal): void {
  const named = termsOf(walk, journal)
  if (!named) return
  const [{ tallies }, { sourceAtMs }] = [walk, journal]
  const found: BookState['tally'] = (id, account) => tallies.get(tallyKey(id, account))
  const legs = journal.legs.map(leg => ({
    ...leg,
    amountMinor: leg.phase === 'released' ? -leg.amountMinor : leg.amountMinor,
  }))
  for (const { key, tally } of talliesAfter(found, named, { sourceAtMs, legs })) {
    tallies.set(key, tally)
  }
}

/** The terms that a journal names. */
export const termsOf = (
  { terms }: TallyWalk,
  { agreement }: Journal,
): AgreementTerms | undefined =>
  agreement === null ? undefined : terms.get(versionKey(agreement.id, agreement.version))

/** A sentence for each that is not what the journals make of it. */
export function tallyFaults({ tallies }: TallyWalk, stored: readonly NamedTally[]): string[] {
  const known = new Map(stored.map(each => [tallyKey(each.agreementId, each.account), each.tally]))
  const keys = new Set([...tallies.keys(), ...known.keys()])
  return [...keys].flatMap(key => {
    const [says, made] = [told(known.get(key)), told(tallies.get(key))]
    return says === made ? [] : [`${key}: the book remembers ${says}, its journals ${made}`]
  })
}

const versionKey = (agreementId: string, version: number): string => `${agreementId}.${version}`

const told = (tally: Tally | undefined): string =>
  tally === undefined
    ? 'nothing'
    : `period ${tally.period}: gross ${tally.grossMinor}, paid ${tally.paidMinor}, ` +
      `carried ${tally.carriedMinor}`
