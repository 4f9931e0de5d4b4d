/**
 * For tests: a vending machine's whole world in memory, stepped one happening at a time.
 * The disk keeps what a journal would keep, the adapter behaves as the real one, and a crash loses
 * exactly what a crash loses: session, reader state, timers and lines in flight.
 */
import { decodeAdapterLine } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import { stepVend, VEND_OFF, type VendInput } from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import type { AppendRequest, EventDraft } from '../../journal/event-store.ts'
import type { CommonInput, Effect, SavedSale, Step } from '../machine.ts'
import { vendingMachine } from '../vending.ts'
import type { VendDeed, VendingInput, VendingState } from '../vending-state.ts'
import type { Credit } from '../voucher.ts'

export type DiskFate = 'commits' | 'full' | 'crash-before' | 'crash-after'
type Event = { index: number; draft: EventDraft; sale: number | null }
type Wanted = { amount: string; item: string }
type Input = VendingInput | CommonInput

export class VendingWorld {
  readonly events: Event[] = []
  /** Sales whose goods really came out. */
  readonly dispensed: number[] = []
  readonly faults: string[] = []
  nextFate: DiskFate = 'commits'

  readonly #machine = vendingMachine({ currency: 'CNY' })
  readonly #spent = new Set<string>()
  #savedState: string | null = null
  #session: VendingState
  #reader = VEND_OFF
  readonly #timers = new Set<string>()
  readonly #inputs: Input[] = []
  #answers = 0

  #adapter: 'on' | 'off' = 'off'
  #asking: Wanted | null = null
  #vending: (Wanted & { sale: number }) | null = null
  #linesToUs: string[] = []

  constructor() {
    this.#session = this.#boot()
    this.plug()
  }

  scan(credit: Credit): void {
    this.#answers = 0
    this.#feed({ type: 'voucher', credit })
  }

  /**
   * A person presses a key. The protocol has no ids: a machine that cancelled and asked again while
   * its lines were still on the wire could not be told apart, but wires are faster than fingers.
   */
  select(wanted: Wanted): void {
    if (this.#linesToUs.length > 0) return
    if (this.#adapter === 'off' || this.#asking !== null || this.#vending !== null) return
    this.#asking = wanted
    this.#linesToUs.push(`c,STATUS,VEND,${wanted.amount},${wanted.item}`)
  }

  /** The machine gives up waiting for a decision. */
  cancel(): void {
    if (this.#asking === null) return
    this.#asking = null
    this.#linesToUs.push('c,STATUS,IDLE')
  }

  dispense(works: boolean): void {
    if (this.#vending === null) return
    if (works) this.dispensed.push(this.#vending.sale)
    this.#linesToUs.push(works ? 'c,VEND,SUCCESS' : 'c,ERR,VEND 3', 'c,STATUS,IDLE')
    this.#vending = null
  }

  deliverLine(): boolean {
    const text = this.#linesToUs.shift()
    if (text === undefined) return false
    const line = decodeAdapterLine(text)
    if (line.kind !== 'discarded') this.#toReader({ type: 'line', line })
    return true
  }

  fireTimer(id: string): boolean {
    if (!this.#timers.delete(id)) return false
    this.#feed({ type: 'timer', id })
    return true
  }

  unplug(): void {
    this.#linesToUs = []
    this.#toReader({ type: 'closed' })
  }

  plug(): void {
    this.#toReader({ type: 'opened' })
  }

  crash(): void {
    this.#timers.clear()
    this.#inputs.length = 0
    this.#linesToUs = []
    this.#reader = VEND_OFF
    this.#session = this.#boot()
    this.plug()
  }

  /** Lets everything under way come to its end. */
  settle(): void {
    this.nextFate = 'commits'
    this.plug()
    this.dispense(true)
    this.cancel()
    do {
      while (this.deliverLine());
    } while (['match', 'retry', 'resolve', 'result'].some(id => this.fireTimer(id)))
  }

  #boot(): VendingState {
    const saved: SavedSale | null = this.#savedState === null ? null : JSON.parse(this.#savedState)
    if (saved !== null) saved.sale ??= this.#saleOf(saved.orderId)
    const booted = this.#machine.start(saved, 0)
    for (const effect of booted.effects) this.#carryOut(effect)
    return booted.state
  }

  #saleOf(orderId: string): number | null {
    return this.events.find(it => it.draft.fields?.orderId === orderId)?.sale ?? null
  }

  #toReader(input: VendInput): void {
    const stepped = stepVend(this.#reader, input)
    this.#reader = stepped.state
    for (const command of stepped.commands) this.#toAdapter(command)
    for (const fact of stepped.facts) this.#feed({ type: 'vend', fact })
  }

  #toAdapter(command: { kind: string; amount?: string }): void {
    if (command.kind === 'switch') {
      this.#linesToUs.push(this.#adapter === 'on' ? 'c,ERR,"cashless is on"' : 'c,STATUS,ENABLED')
      this.#adapter = 'on'
    }
    if (command.kind === 'deny') this.#asking = null
    if (command.kind === 'approve') this.#approve(command.amount)
  }

  #approve(amount: string | undefined): void {
    const sale = this.openSales().at(-1)
    if (sale === undefined) this.faults.push('told approved with no approved sale on the disk')
    if (this.#asking === null || this.#asking.amount !== amount || sale === undefined) return
    this.#vending = { ...this.#asking, sale }
    this.#asking = null
  }

  /** Approved sales without a result. */
  openSales(): number[] {
    const ended = this.events.filter(it => it.draft.kind === 'sale.result').map(it => it.sale)
    return this.events
      .filter(it => it.draft.kind === 'sale.approved' && !ended.includes(it.sale))
      .map(it => it.sale ?? -1)
  }

  #feed(input: Input): void {
    this.#inputs.push(input)
    if (this.#inputs.length > 1) return
    while (this.#inputs[0] !== undefined) {
      this.#take(this.#inputs[0])
      this.#inputs.shift()
    }
  }

  #take(input: Input): void {
    const taken = this.#machine.step(this.#session, input, 0)
    this.#settleStep(taken)
    if (input.type === 'voucher' && this.#answers !== 1)
      this.faults.push('voucher not answered once')
  }

  #settleStep(taken: Step<VendingState, VendDeed>): void {
    this.#session = taken.state
    for (const effect of taken.effects) this.#carryOut(effect)
  }

  #carryOut(effect: Effect<VendDeed>): void {
    switch (effect.type) {
      case 'timer':
        this.#timers.add(effect.id)
        break
      case 'cancel':
        this.#timers.delete(effect.id)
        break
      case 'answer':
        this.#answers++
        break
      case 'do':
        this.#toReader(effect.deed)
        break
      case 'record':
        this.#record(effect.request)
        break
      case 'note':
        break
    }
  }

  #record(request: AppendRequest): void {
    const fate = this.nextFate
    this.nextFate = 'commits'
    const spent = request.spendVoucher !== undefined && this.#spent.has(request.spendVoucher)
    if (fate === 'full' || spent) {
      const reason = spent ? 'voucher-spent' : 'disk-full'
      this.#settleStep(this.#machine.step(this.#session, { type: 'not-recorded', reason }, 0))
      return
    }
    const sale = fate === 'crash-before' ? null : this.#commit(request)
    if (fate === 'commits') {
      this.#settleStep(this.#machine.step(this.#session, { type: 'recorded', sale }, 0))
      return
    }
    this.#answers = 1
    this.crash()
  }

  #commit(request: AppendRequest): number | null {
    let opened: number | null = null
    for (const draft of request.events) {
      const index = this.events.length
      if (draft.sale === 'opens') opened = index
      this.events.push({ index, draft, sale: typeof draft.sale === 'number' ? draft.sale : opened })
    }
    if (request.spendVoucher !== undefined) this.#spent.add(request.spendVoucher)
    for (const value of Object.values(request.state ?? {})) this.#savedState = value
    return opened
  }
}
