/**
 * Sums that an honest audit keeps. VA1 is the machine's own total; cash, cashless and tokens are
 * counted by other parts of it, products by a third. Where they agree, a total is corroborated;
 * where they don't, the difference is named. Machines of good faith break some of them (free vends
 * counted as products, a reader's counter kept elsewhere), so none of them rejects an audit.
 */
import type { Meters } from './meters.ts'
import type { PaymentTally, Product, Tally } from './products.ts'
import { type Segment, wholeNumber } from './segment.ts'

export type Identity = {
  name: string
  rule: string
  /** `holds`, `off by <n>` (left minus right), or `not present` when a side is missing. */
  result: string
  left: bigint | null
  right: bigint | null
  offBy: bigint | null
}

type Facts = { meters: Meters; products: Product[]; segments: Segment[] }
type Side = (facts: Facts) => bigint | null
type Rule = { name: string; rule: string; left: Side; right: Side }

/** Every rule with its result on this audit. */
export function checkIdentities(facts: Facts): Identity[] {
  return RULES.map(({ name, rule, left, right }) => judge(name, rule, left(facts), right(facts)))
}

function judge(name: string, rule: string, left: bigint | null, right: bigint | null): Identity {
  if (left === null || right === null) {
    return { name, rule, result: 'not present', left, right, offBy: null }
  }
  const offBy = left - right
  return { name, rule, result: offBy === 0n ? 'holds' : `off by ${offBy}`, left, right, offBy }
}

const meter =
  (element: string): Side =>
  ({ meters }) =>
    meters.get(element) ?? null

/** Absent terms count nothing, as long as one is there. */
const sum =
  (...elements: string[]): Side =>
  ({ meters }) =>
    total(elements.map(element => meters.get(element) ?? null))

const sold =
  (field: keyof Tally): Side =>
  ({ products }) =>
    total(products.map(product => product.sold[field]))

const paid =
  (field: keyof Tally, device?: string): Side =>
  ({ products }) =>
    total(
      products
        .flatMap(product => product.byPayment)
        .filter((one: PaymentTally) => device === undefined || one.device === device)
        .map(one => one[field]),
    )

function total(terms: (bigint | null)[]): bigint | null {
  const present = terms.filter(term => term !== null)
  return present.length === 0 ? null : present.reduce((all, term) => all + term, 0n)
}

/** Coin value times number over the tubes (CA1702, CA1703). */
const tubes: Side = ({ segments }) =>
  total(
    segments
      .filter(({ id }) => id === 'CA17')
      .map(({ fields }) => {
        const [value, number] = [wholeNumber(fields[1]), wholeNumber(fields[2])]
        return value === null || number === null ? null : value * number
      }),
  )

function of(left: string, ...right: string[]): Pick<Rule, 'rule' | 'left' | 'right'> {
  return { rule: `${left} = ${right.join(' + ')}`, left: meter(left), right: sum(...right) }
}

const RULES: Rule[] = [
  { name: 'vends-value', ...of('VA101', 'CA201', 'DA201', 'DB201', 'TA201', 'TA205') },
  { name: 'vends-count', ...of('VA102', 'CA202', 'DA202', 'DB202', 'TA202', 'TA206') },
  { name: 'vends-value-interval', ...of('VA103', 'CA203', 'DA203', 'DB203', 'TA203', 'TA207') },
  { name: 'vends-count-interval', ...of('VA104', 'CA204', 'DA204', 'DB204', 'TA204', 'TA208') },
  {
    name: 'products-value',
    rule: 'VA101 = sum of PA202',
    left: meter('VA101'),
    right: sold('value'),
  },
  {
    name: 'products-count',
    rule: 'VA102 = sum of PA201',
    left: meter('VA102'),
    right: sold('count'),
  },
  {
    name: 'products-value-interval',
    rule: 'VA103 = sum of PA204',
    left: meter('VA103'),
    right: sold('intervalValue'),
  },
  {
    name: 'products-count-interval',
    rule: 'VA104 = sum of PA203',
    left: meter('VA104'),
    right: sold('intervalCount'),
  },
  {
    name: 'payments-value',
    rule: 'sum of PA202 = sum of PA706',
    left: sold('value'),
    right: paid('value'),
  },
  {
    name: 'payments-count',
    rule: 'sum of PA201 = sum of PA705',
    left: sold('count'),
    right: paid('count'),
  },
  {
    name: 'cash-value',
    rule: 'CA201 = sum of PA706 paid in cash',
    left: meter('CA201'),
    right: paid('value', 'CA'),
  },
  {
    name: 'cashless-value',
    rule: 'DA201 = sum of PA706 paid by reader 1',
    left: meter('DA201'),
    right: paid('value', 'DA'),
  },
  { name: 'cash-in', ...of('CA305', 'CA306', 'CA307', 'CA308') },
  { name: 'cash-in-interval', ...of('CA301', 'CA302', 'CA303', 'CA304') },
  {
    name: 'tubes',
    rule: 'CA1501 = sum of CA1702 × CA1703',
    left: meter('CA1501'),
    right: tubes,
  },
]
