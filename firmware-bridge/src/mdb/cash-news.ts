/** What a coin changer or bill validator told, with the values that its setup gives its types. */
import {
  type BillActivity,
  type BillRoute,
  type CashSetup,
  type CoinActivity,
  type CoinRoute,
  readBillActivity,
  readChangerSetup,
  readCoinActivity,
  readValidatorSetup,
} from './cash-devices.ts'
import { type BusPrice, priceOf, type Scale } from './price.ts'

export type CashDevice = 'changer' | 'bill-validator'

/** Values are null until the device's setup was heard, and for tokens. */
export type CashNews =
  | { kind: 'cash-device'; device: CashDevice; level: number; scale: Scale }
  | { kind: 'coin'; route: CoinRoute; value: BusPrice | null }
  | { kind: 'coins-out'; count: number; value: BusPrice | null }
  | { kind: 'bill'; route: BillRoute; value: BusPrice | null }
  | { kind: 'trouble'; device: CashDevice; status: string }

export type CashState = { scale: Scale | null; values: readonly (number | null)[] }

export const CASH_UNKNOWN: CashState = { scale: null, values: [] }

/** Answer to a device's setup command; undefined when it is none. */
export function learnSetup(
  device: CashDevice,
  answer: Uint8Array,
): { cash: CashState; news: CashNews } | undefined {
  const read = device === 'changer' ? readChangerSetup : readValidatorSetup
  const setup: CashSetup | undefined = read(answer)
  if (setup === undefined) return undefined
  const { level, scale, values } = setup
  return { cash: { scale, values }, news: { kind: 'cash-device', device, level, scale } }
}

/** Answer to a device's poll, in `currency`. */
export function hearActivity(
  device: CashDevice,
  cash: CashState,
  currency: string,
  answer: Uint8Array,
): CashNews[] {
  const news =
    device === 'changer'
      ? readCoinActivity(answer).map(it => coinNews(cash, currency, it))
      : readBillActivity(answer).map(it => billNews(cash, currency, it))
  return news.filter(it => it !== undefined)
}

function coinNews(cash: CashState, currency: string, told: CoinActivity): CashNews | undefined {
  switch (told.kind) {
    case 'coin':
      return { kind: 'coin', route: told.route, value: worth(cash, currency, told.type, 1) }
    case 'paid-out': {
      const value = worth(cash, currency, told.type, told.count)
      return { kind: 'coins-out', count: told.count, value }
    }
    case 'slug':
      return undefined
    case 'status':
      return { kind: 'trouble', device: 'changer', status: told.status }
  }
}

function billNews(cash: CashState, currency: string, told: BillActivity): CashNews | undefined {
  switch (told.kind) {
    case 'bill':
      return { kind: 'bill', route: told.route, value: worth(cash, currency, told.type, 1) }
    case 'attempts':
      return undefined
    case 'status':
      return { kind: 'trouble', device: 'bill-validator', status: told.status }
  }
}

function worth(
  { scale, values }: CashState,
  currency: string,
  type: number,
  count: number,
): BusPrice | null {
  const value = values[type] ?? null
  return value === null ? null : priceOf(value * count, scale, currency)
}
