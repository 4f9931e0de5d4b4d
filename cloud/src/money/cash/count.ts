/**
 * What a count of a cash box says, and the journal that books it. Pure.
 *
 *   cash:<device>:box    ─ counted ─▶  party:<operator>:cash   taken out: the operator owes it
 *   cash:<device>:box    ─ rise ────▶  cash:<device>:tubes     coins kept to give change with
 *   suspense:cash-difference  ◀─▶  cash:<device>:box           short or over
 *   <owner>:<pending>    ─ part ────▶  <owner>:<settled>       of each sale whose money it shows
 */
import {
  cashBox,
  cashTubes,
  partyCash,
  settledAccount,
  suspense,
} from '@tillproof/shared/agreement/account-path.ts'
import type { Leg } from '@tillproof/shared/agreement/clear-sale.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { encodeCbor } from '@tillproof/shared/bytes/cbor.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'

/** What lay in the box after the count before, what came since, and what the tubes kept of it. */
export type BoxSums = { openingMinor: bigint; soldMinor: bigint; tubesMinor: bigint }

export const expectedMinor = ({ openingMinor, soldMinor, tubesMinor }: BoxSums): bigint =>
  openingMinor + soldMinor - tubesMinor

/** A sale that lies before the count and after the one before it. */
export type BoxedSale = { saleId: string; amountMinor: bigint; isShown: boolean }

/**
 * Sales whose money the count shows for the first time: in their order, as far as the money
 * reaches. What was shown once stays shown.
 * @param shownMinor what was counted in box and tubes beyond what had been left there
 */
export function newlyShown(sales: readonly BoxedSale[], shownMinor: bigint): string[] {
  let left = shownMinor
  for (const sale of sales) if (sale.isShown) left -= sale.amountMinor
  const found: string[] = []
  for (const { saleId, amountMinor, isShown } of sales) {
    if (isShown) continue
    if (amountMinor > left) break
    left -= amountMinor
    found.push(saleId)
  }
  return found
}

/** What one journal of a count is made from. */
export type BoxJournal = {
  countId: string
  number: number
  deviceId: string
  operatorId: string
  currency: string
  differenceMinor: bigint
  tubesMinor: bigint
  collectedMinor: bigint
  /** Positions in the book of the journals whose parts it settles, ascending. */
  sources: readonly bigint[]
}

export const BOX_COUNT = 'box-count'
export const businessIdOfCount = ({ countId, number }: BoxJournal): string =>
  `${BOX_COUNT}:${countId}:${number}`

const DOMAIN = utf8('tillproof/box-count/v1\n')

/** 32 bytes: payload hash of its journal, docs/wire/posting-batch.md. */
export function boxCountHash(journal: BoxJournal): Uint8Array {
  const { countId, number, deviceId, currency, sources } = journal
  const { differenceMinor, tubesMinor, collectedMinor } = journal
  const sums = [differenceMinor, tubesMinor, collectedMinor]
  return sha256(DOMAIN, encodeCbor([1, countId, number, deviceId, currency, ...sums, [...sources]]))
}

/**
 * @param credited by account, what the sources credited to it less what they debited
 * @returns balanced legs, one an account; none where there is nothing to book
 */
export function boxCountLegs(
  { deviceId, operatorId, differenceMinor, tubesMinor, collectedMinor }: BoxJournal,
  credited: ReadonlyMap<string, bigint>,
): Leg[] {
  const parts = [...credited].flatMap(([path, minor]): [string, bigint][] => {
    const settled = settledAccount(path)
    return settled === undefined
      ? []
      : [
          [path, minor],
          [settled, -minor],
        ]
  })
  const debits: [string, bigint][] = [
    [cashBox(deviceId), differenceMinor - tubesMinor - collectedMinor],
    [suspense('cash-difference'), -differenceMinor],
    [cashTubes(deviceId), tubesMinor],
    [partyCash(operatorId), collectedMinor],
    ...parts,
  ]
  return debits.flatMap(([account, minor]): Leg[] => {
    if (minor === 0n) return []
    const side = minor > 0n ? 'debit' : 'credit'
    return [{ account, side, amountMinor: minor > 0n ? minor : -minor }]
  })
}
