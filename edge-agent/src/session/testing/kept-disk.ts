/** For tests: what a journal keeps of one session, with the fates that a commit can meet. */
import type { AppendRefusal, AppendRequest, EventDraft } from '../../journal/event-store.ts'
import type { SavedSale } from '../machine.ts'

export type DiskFate = 'commits' | 'full' | 'crash-before' | 'crash-after'
export type KeptEvent = { index: number; draft: EventDraft; sale: number | null }
export type Written =
  | { kind: 'recorded'; sale: number | null }
  | { kind: 'refused'; reason: AppendRefusal }
  | { kind: 'crashed' }

export class KeptDisk {
  readonly events: KeptEvent[] = []
  /** Met by the next commit only. */
  nextFate: DiskFate = 'commits'
  #state: string | null = null
  readonly #spent = new Set<string>()

  write(request: AppendRequest): Written {
    const fate = this.nextFate
    this.nextFate = 'commits'
    const spent = request.spendVoucher !== undefined && this.#spent.has(request.spendVoucher)
    if (spent) return { kind: 'refused', reason: 'voucher-spent' }
    if (fate === 'full') return { kind: 'refused', reason: 'disk-full' }
    const sale = fate === 'crash-before' ? null : this.#commit(request)
    return fate === 'commits' ? { kind: 'recorded', sale } : { kind: 'crashed' }
  }

  /** As the runner finds it after a restart. */
  saved(): SavedSale | null {
    if (this.#state === null) return null
    const saved: SavedSale = JSON.parse(this.#state)
    saved.sale ??= this.events.findLast(it => belongsTo(it.draft, saved))?.sale ?? null
    return saved
  }

  ofKind(kind: EventDraft['kind']): KeptEvent[] {
    return this.events.filter(event => event.draft.kind === kind)
  }

  /** Approved sales without a result. */
  openSales(): number[] {
    const ended = this.ofKind('sale.result').map(it => it.sale)
    return this.ofKind('sale.approved')
      .filter(it => !ended.includes(it.sale))
      .map(it => it.sale ?? -1)
  }

  #commit(request: AppendRequest): number | null {
    let opened: number | null = null
    for (const draft of request.events) {
      const index = this.events.length
      if (draft.sale === 'opens') opened = index
      const sale = typeof draft.sale === 'number' ? draft.sale : opened
      this.events.push({ index, draft, sale: draft.sale === undefined ? null : sale })
    }
    if (request.spendVoucher !== undefined) this.#spent.add(request.spendVoucher)
    for (const value of Object.values(request.state ?? {})) this.#state = value
    return opened
  }
}

/** By its order; a watched sale has none, and is the last that was begun with an approval. */
function belongsTo({ kind, fields }: EventDraft, { orderId }: SavedSale): boolean {
  return orderId === '' ? kind === 'sale.approved' : fields?.orderId === orderId
}
