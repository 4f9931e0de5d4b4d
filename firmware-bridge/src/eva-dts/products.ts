/**
 * Products (selections) of an audit: PA1 opens one, PA2–PA5 speak of the last opened, PA7 names
 * its own. Counts come before values here, unlike in all other meters.
 */
import { elementsOf, type ModelProfile } from './profile.ts'
import { type Segment, wholeNumber } from './segment.ts'

/** Null where the machine says nothing; values in its smallest unit. */
export type Tally = {
  count: bigint | null
  value: bigint | null
  intervalCount: bigint | null
  intervalValue: bigint | null
}

/** Sales of a product by what they were paid with: CA cash, DA and DB readers, TA tokens. */
export type PaymentTally = Tally & { device: string; priceList: string; price: bigint | null }

export type Product = {
  /** The selection as the machine names it; not always a number. */
  number: string
  name: string
  price: bigint | null
  sold: Tally
  test: Tally
  free: Tally
  /** PA501/PA502, unparsed: when it was last sold out. */
  soldOut: string | null
  byPayment: PaymentTally[]
}

/** All products in the order of the file. */
export function readProducts(
  segments: Segment[],
  profile: ModelProfile,
): { products: Product[]; warnings: string[] } {
  const products: Product[] = []
  const byNumber = new Map<string, Product>()
  const warnings: string[] = []
  for (const segment of segments) {
    const elements = elementsOf(segment, profile)
    if (segment.id === 'PA1') {
      const product = newProduct(elements)
      if (byNumber.has(product.number)) {
        warnings.push(`line ${segment.line}: product ${product.number} again`)
      }
      products.push(product)
      byNumber.set(product.number, product)
      continue
    }
    const read = READERS.get(segment.id)
    if (read === undefined) continue
    const product = segment.id === 'PA7' ? byNumber.get(textOf(elements, 'PA701')) : products.at(-1)
    if (product === undefined) warnings.push(`line ${segment.line}: ${segment.id} of no product`)
    else read(product, elements)
  }
  return { products, warnings }
}

type Elements = Map<string, string>

function newProduct(elements: Elements): Product {
  const none: Tally = { count: null, value: null, intervalCount: null, intervalValue: null }
  return {
    number: textOf(elements, 'PA101'),
    name: textOf(elements, 'PA103'),
    price: wholeNumber(elements.get('PA102')),
    sold: none,
    test: none,
    free: none,
    soldOut: null,
    byPayment: [],
  }
}

const READERS = new Map<string, (product: Product, elements: Elements) => void>([
  ['PA2', (product, elements) => Object.assign(product, { sold: tallyOf(elements, 'PA2', 1) })],
  ['PA3', (product, elements) => Object.assign(product, { test: tallyOf(elements, 'PA3', 1) })],
  ['PA4', (product, elements) => Object.assign(product, { free: tallyOf(elements, 'PA4', 1) })],
  ['PA5', readSoldOut],
  ['PA7', readPayment],
])

/** Count, value, interval count, interval value from element number `first` on. */
function tallyOf(elements: Elements, id: string, first: number): Tally {
  const [count, value, intervalCount, intervalValue] = [0, 1, 2, 3].map(offset =>
    wholeNumber(elements.get(`${id}0${first + offset}`)),
  )
  return {
    count: count ?? null,
    value: value ?? null,
    intervalCount: intervalCount ?? null,
    intervalValue: intervalValue ?? null,
  }
}

function readSoldOut(product: Product, elements: Elements): void {
  const [date, time] = [textOf(elements, 'PA501'), textOf(elements, 'PA502')]
  if (date !== '') product.soldOut = `${date} ${time}`.trim()
}

function readPayment(product: Product, elements: Elements): void {
  product.byPayment.push({
    device: textOf(elements, 'PA702'),
    priceList: textOf(elements, 'PA703'),
    price: wholeNumber(elements.get('PA704')),
    ...tallyOf(elements, 'PA7', 5),
  })
}

function textOf(elements: Elements, element: string): string {
  return elements.get(element)?.trim() ?? ''
}
