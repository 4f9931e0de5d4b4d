/**
 * What accounts can give while a script runs, by account and asset; an account nobody mentioned
 * stands at 0. A script works on a copy: nothing outside changes.
 */
export type BalanceRow = { account: string; asset: string; amount: bigint }

/** The account without a bottom: money that enters or leaves the books. */
export const WORLD = 'world'

export class Balances {
  readonly #amounts = new Map<string, bigint>()

  constructor(rows: Iterable<BalanceRow> = []) {
    for (const { account, asset, amount } of rows) this.#amounts.set(`${account} ${asset}`, amount)
  }

  read(account: string, asset: string): bigint {
    return this.#amounts.get(`${account} ${asset}`) ?? 0n
  }

  change(account: string, asset: string, difference: bigint): void {
    this.#amounts.set(`${account} ${asset}`, this.read(account, asset) + difference)
  }

  /** Sorted by account and asset, so that two sets compare. */
  rows(): BalanceRow[] {
    const rows = [...this.#amounts].map(([key, amount]) => {
      const [account = '', asset = ''] = key.split(' ')
      return { account, asset, amount }
    })
    return rows.sort((a, b) => (`${a.account} ${a.asset}` < `${b.account} ${b.asset}` ? -1 : 1))
  }
}
