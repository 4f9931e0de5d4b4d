/** The disclosed fields of an event as short texts, in a fixed order; frame fields are left out. */
import { moneyText, positionText } from '../../parts/format.ts'

export type Detail = { name: string; text: string }

const order = [
  'genesis',
  'amountMinor',
  'item',
  'result',
  'orderId',
  'port',
  'position',
  'meters',
  'detail',
]
const birthFacts = ['model', 'controllerSerial', 'agentVersion']
const E7 = 1e7

/** Big integers may arrive as numbers or as decimal text. */
export function eventDetails(open: Readonly<Record<string, unknown>>, language: string): Detail[] {
  return order.flatMap(name => {
    const value = open[name]
    return value === undefined || value === null ? [] : texts(name, value, open, language)
  })
}

function texts(
  name: string,
  value: unknown,
  open: Readonly<Record<string, unknown>>,
  language: string,
): Detail[] {
  switch (name) {
    case 'amountMinor':
      return [{ name, text: amountText(value, open.currency, language) }]
    case 'position':
      return [{ name, text: placeText(value) }]
    case 'genesis':
      return isRecord(value)
        ? birthFacts.map(fact => ({ name: fact, text: String(value[fact] ?? '') }))
        : []
    case 'meters':
    case 'detail':
      return isRecord(value)
        ? Object.entries(value).map(([key, entry]) => ({ name: key, text: String(entry) }))
        : [{ name, text: String(value) }]
    default:
      return [{ name, text: String(value) }]
  }
}

function amountText(value: unknown, currency: unknown, language: string): string {
  const amountMinor = String(value)
  const known = /^-?\d{1,18}$/.test(amountMinor) && /^[A-Z]{3}$/.test(String(currency))
  return known ? moneyText({ amountMinor, currency: String(currency) }, language) : amountMinor
}

function placeText(value: unknown): string {
  if (!isRecord(value)) return String(value)
  const { latitudeE7, longitudeE7 } = value
  return positionText({
    latitudeDeg: Number(latitudeE7) / E7,
    longitudeDeg: Number(longitudeE7) / E7,
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
