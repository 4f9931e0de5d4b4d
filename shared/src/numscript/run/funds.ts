/**
 * The queue between sources and destinations: sources put money in, in order; destinations take it
 * out from the front. Neighbours of one account are one fund, so that taking it gives one posting.
 */
export type Fund = { account: string; amount: bigint }

export class Funds {
  readonly #funds: Fund[] = []
  #front = 0

  /** Zero is not a fund. */
  put(account: string, amount: bigint): void {
    if (amount === 0n) return
    const last = this.#funds.at(-1)
    if (last?.account === account) last.amount += amount
    else this.#funds.push({ account, amount })
  }

  /** @param amount no more than there is in the queue */
  take(amount: bigint): Fund[] {
    const taken: Fund[] = []
    let wanted = amount
    for (
      let fund = this.#funds[this.#front];
      wanted > 0n && fund;
      fund = this.#funds[this.#front]
    ) {
      const part = fund.amount < wanted ? fund.amount : wanted
      taken.push({ account: fund.account, amount: part })
      fund.amount -= part
      wanted -= part
      if (fund.amount === 0n) this.#front += 1
    }
    return taken
  }
}
