/**
 * What a coin or bill is worth, from the acceptor's own name for it (ccTalk part 3, appendix 3):
 *
 *   EU100A     coin: country, value in minor units, issue; `1K5` is 1500
 *   CN0010A    bill: country, value times the country's scaling, issue
 *
 * A name that this does not explain has no value here: then the machine's profile has to say it.
 */

const COIN = /^[A-Z]{2}([0-9K]{3})[A-Z0-9]$/
const BILL = /^[A-Z]{2}(\d{4})[A-Z0-9]$/

/** A bill's value is its number times `factor`, with `decimals` decimals. */
export type Scaling = { factor: number; decimals: number }

/** Value in minor units; undefined when the name does not say it. */
export function coinValue(name: string): bigint | undefined {
  const [, digits = 'K'] = COIN.exec(name) ?? []
  const [whole = '', part, ...more] = digits.split('K')
  if (part === undefined) return BigInt(digits)
  if (more.length > 0 || whole === '') return undefined
  return BigInt(whole) * 1000n + BigInt(part.padEnd(3, '0').slice(0, 3))
}

/** Value in minor units of a currency with `exponent` decimals; undefined when it is not exact. */
export function billValue(name: string, scaling: Scaling, exponent: number): bigint | undefined {
  const [, digits] = BILL.exec(name) ?? []
  if (digits === undefined) return undefined
  const value = BigInt(digits) * BigInt(scaling.factor)
  const shift = exponent - scaling.decimals
  if (shift >= 0) return value * 10n ** BigInt(shift)
  const divisor = 10n ** BigInt(-shift)
  return value % divisor === 0n ? value / divisor : undefined
}
