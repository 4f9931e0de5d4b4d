/**
 * What the numeric elements of an audit mean: the part of the standard's data dictionary that money
 * and evidence need, as data. Segments that repeat (products, coins, tubes, events) have files of
 * their own; everything else stays readable in the list of segments.
 *
 * Mind the order: VA1, CA2, DA2, DB2 and TA2 say (value, count), products say (count, value), and
 * CA3, CA4, CA7–CA10 and EA7 put the interval before the lifetime.
 */

export type Unit = 'value' | 'count'
export type Span = 'lifetime' | 'interval'
export type ElementMeaning = { what: string; unit: Unit; span: Span }

/** (value, count) since initialisation, then since the last collection. */
function valueAndCount(what: string): ElementMeaning[] {
  return [
    { what, unit: 'value', span: 'lifetime' },
    { what, unit: 'count', span: 'lifetime' },
    { what, unit: 'value', span: 'interval' },
    { what, unit: 'count', span: 'interval' },
  ]
}

function values(span: Span, ...whats: string[]): ElementMeaning[] {
  return whats.map(what => ({ what, unit: 'value', span }))
}

function counts(span: Span, ...whats: string[]): ElementMeaning[] {
  return whats.map(what => ({ what, unit: 'count', span }))
}

const cashIn = ['cash in', 'cash to the box', 'cash to the tubes', 'bills in']
const cashOut = ['change paid out', 'cash paid out by hand']
const either = (what: string) => [...values('interval', what), ...values('lifetime', what)]

/** By segment: the meaning of its elements in order; null where an element is no number. */
export const ELEMENTS: ReadonlyMap<string, (ElementMeaning | null)[]> = new Map([
  [
    'VA1',
    [...valueAndCount('paid vends'), ...valueAndCount('discounts'), ...valueAndCount('surcharges')],
  ],
  ['VA2', valueAndCount('test vends')],
  ['VA3', valueAndCount('free vends')],
  ['CA2', valueAndCount('cash vends')],
  ['CA3', [...values('interval', ...cashIn), ...values('lifetime', ...cashIn)]],
  ['CA4', [...values('interval', ...cashOut), ...values('lifetime', ...cashOut)]],
  ['CA7', either('discounts for cash')],
  ['CA8', either('overpaid cash kept')],
  ['CA9', either('vends at exact change')],
  ['CA10', either('cash filled in by hand')],
  ['CA15', values('lifetime', 'content of the tubes')],
  ['DA2', valueAndCount('vends by cashless reader 1')],
  ['DA3', [...values('lifetime', 'debited, reader 1'), ...values('interval', 'debited, reader 1')]],
  [
    'DA4',
    [...values('lifetime', 'revalued, reader 1'), ...values('interval', 'revalued, reader 1')],
  ],
  ['DA5', [...valueAndCount('discounts, reader 1'), ...valueAndCount('surcharges, reader 1')]],
  ['DB2', valueAndCount('vends by cashless reader 2')],
  ['DB3', [...values('lifetime', 'debited, reader 2'), ...values('interval', 'debited, reader 2')]],
  [
    'DB4',
    [...values('lifetime', 'revalued, reader 2'), ...values('interval', 'revalued, reader 2')],
  ],
  ['DB5', [...valueAndCount('discounts, reader 2'), ...valueAndCount('surcharges, reader 2')]],
  ['TA2', [...valueAndCount('vends by token'), ...valueAndCount('vends by coupon')]],
  [
    'EA3',
    [
      ...counts('lifetime', 'collections (reads with reset)'),
      ...Array<null>(7).fill(null),
      ...counts('lifetime', 'reads without reset', 'resets of the interval'),
    ],
  ],
  ['EA7', [...counts('interval', 'power cuts'), ...counts('lifetime', 'power cuts')]],
])
