/**
 * For tests: runs any session machine by hand, with a disk that keeps what a journal would keep.
 * `feed` takes one input and carries out what follows, commits included; `restart` is a kill -9.
 */
import type { AppendRequest, EventDraft } from '../../journal/event-store.ts'
import type { CommonInput, Effect, Machine, SavedSale, Step } from '../machine.ts'

export class SessionBench<State, Input, Deed> {
  readonly events: { draft: EventDraft; sale: number | null }[] = []
  readonly deeds: Deed[] = []
  readonly answers: string[] = []
  nowMs = 1_800_000_000_000
  state: State
  diskFull = 0

  readonly #machine: Machine<State, Input, Deed>
  readonly #spent = new Set<string>()
  #saved: string | null = null

  constructor(machine: Machine<State, Input, Deed>) {
    this.#machine = machine
    this.state = this.#start()
  }

  feed(input: Input | CommonInput, afterMs = 0): void {
    this.nowMs += afterMs
    this.#settle(this.#machine.step(this.state, input, this.nowMs))
  }

  restart(): void {
    this.state = this.#start()
  }

  /** `kind result` of all events, in order. */
  kinds(): string[] {
    return this.events.map(({ draft }) =>
      [draft.kind, draft.fields?.result].filter(Boolean).join(' '),
    )
  }

  #start(): State {
    const saved: SavedSale | null = this.#saved === null ? null : JSON.parse(this.#saved)
    if (saved !== null) {
      saved.sale ??= this.events.findLast(event => belongsTo(event.draft, saved))?.sale ?? null
    }
    const started = this.#machine.start(saved, this.nowMs)
    this.#settle(started)
    return started.state
  }

  #settle(taken: Step<State, Deed>): void {
    this.state = taken.state
    for (const effect of taken.effects) this.#carryOut(effect)
  }

  #carryOut(effect: Effect<Deed>): void {
    if (effect.type === 'do') this.deeds.push(effect.deed)
    if (effect.type === 'answer') this.answers.push(effect.answer)
    if (effect.type === 'record') this.#record(effect.request)
  }

  #record(request: AppendRequest): void {
    const spent = request.spendVoucher !== undefined && this.#spent.has(request.spendVoucher)
    if (this.diskFull > 0 || spent) {
      this.diskFull = Math.max(0, this.diskFull - 1)
      this.feed({ type: 'not-recorded', reason: spent ? 'voucher-spent' : 'disk-full' })
      return
    }
    let opened: number | null = null
    for (const draft of request.events) {
      if (draft.sale === 'opens') opened = this.events.length
      const sale = typeof draft.sale === 'number' ? draft.sale : opened
      this.events.push({ draft, sale: draft.sale === undefined ? null : sale })
    }
    if (request.spendVoucher !== undefined) this.#spent.add(request.spendVoucher)
    for (const value of Object.values(request.state ?? {})) this.#saved = value
    this.feed({ type: 'recorded', sale: opened })
  }
}

/** As the journal finds it: by its order, a watched sale as the last that was begun. */
function belongsTo({ kind, fields }: EventDraft, { orderId }: SavedSale): boolean {
  return orderId === '' ? kind === 'sale.requested' : fields?.orderId === orderId
}
