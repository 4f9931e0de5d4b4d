/**
 * For tests: a vending machine's whole world in memory, stepped one happening at a time.
 * The disk keeps what a journal would keep, the adapter behaves as the real one, and a crash loses
 * exactly what a crash loses: session, reader state, timers and lines in flight.
 */
import { decodeAdapterLine } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import { stepVend, VEND_OFF, type VendInput } from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import { vendingMachine } from '../vending.ts'
import type { VendDeed, VendingInput, VendingState } from '../vending-state.ts'
import type { Credit } from '../voucher.ts'
import { SessionProcess } from './session-process.ts'

type Wanted = { amount: string; item: string }

export class VendingWorld {
  /** Sales whose goods really came out. */
  readonly dispensed: number[] = []
  readonly process: SessionProcess<VendingState, VendingInput, VendDeed>

  #reader = VEND_OFF
  #adapter: 'on' | 'off' = 'off'
  #asking: Wanted | null = null
  #vending: (Wanted & { sale: number }) | null = null
  #linesToUs: string[] = []

  constructor() {
    const machine = vendingMachine({ currency: 'CNY' })
    this.process = new SessionProcess(machine, deed => this.#toReader(deed))
    this.process.onCrash = () => {
      this.#linesToUs = []
      this.#reader = VEND_OFF
    }
    this.process.onBoot = () => this.plug()
    this.plug()
  }

  scan(credit: Credit): void {
    this.process.feed({ type: 'voucher', credit })
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

  unplug(): void {
    this.#linesToUs = []
    this.#toReader({ type: 'closed' })
  }

  plug(): void {
    this.#toReader({ type: 'opened' })
  }

  /** Lets everything under way come to its end. */
  settle(): void {
    this.process.disk.nextFate = 'commits'
    this.plug()
    this.dispense(true)
    this.cancel()
    do {
      while (this.deliverLine());
    } while (['match', 'retry', 'resolve', 'result'].some(id => this.process.fire(id)))
  }

  #toReader(input: VendInput): void {
    const stepped = stepVend(this.#reader, input)
    this.#reader = stepped.state
    for (const command of stepped.commands) this.#toAdapter(command)
    for (const fact of stepped.facts) this.process.feed({ type: 'vend', fact })
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
    const { disk, faults } = this.process
    const sale = disk.openSales().at(-1)
    if (sale === undefined) faults.push('told approved with no approved sale on the disk')
    if (this.#asking === null || this.#asking.amount !== amount || sale === undefined) return
    this.#vending = { ...this.#asking, sale }
    this.#asking = null
  }
}
