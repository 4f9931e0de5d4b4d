/**
 * For tests: a process that runs one session machine as the runner does, on a disk with fates and a
 * clock that the test moves. A crash loses what a crash loses: state, timers, inputs in the queue.
 */
import type { CommonInput, Effect, Machine, Step } from '../machine.ts'
import { KeptDisk } from './kept-disk.ts'

export class SessionProcess<State, Input, Deed> {
  readonly disk = new KeptDisk()
  readonly faults: string[] = []
  nowMs = 1_800_000_000_000
  /** What else a crash of the process loses. */
  onCrash: () => void = () => undefined
  /** What begins with the next process. */
  onBoot: () => void = () => undefined
  #state: State
  readonly #machine: Machine<State, Input, Deed>
  readonly #perform: (deed: Deed) => void
  readonly #timers = new Map<string, number>()
  readonly #inputs: (Input | CommonInput)[] = []
  #answers = 0

  constructor(machine: Machine<State, Input, Deed>, perform: (deed: Deed) => void) {
    this.#machine = machine
    this.#perform = perform
    this.#state = this.#boot()
  }

  feed(input: Input | CommonInput): void {
    this.#inputs.push(input)
    if (this.#inputs.length > 1) return
    while (this.#inputs[0] !== undefined) {
      this.#take(this.#inputs[0])
      this.#inputs.shift()
    }
  }

  /** Nothing of the process is left; the disk is. */
  crash(): void {
    this.onCrash()
    this.#timers.clear()
    this.#inputs.length = 0
    this.#state = this.#boot()
    this.onBoot()
  }

  /** Timers whose time has come fire, the earliest first. */
  sleep(ms: number): void {
    this.nowMs += ms
    for (;;) {
      const [due] = [...this.#timers]
        .filter(([, at]) => at <= this.nowMs)
        .sort((a, b) => a[1] - b[1])
      if (due === undefined) return
      this.#timers.delete(due[0])
      this.feed({ type: 'timer', id: due[0] })
    }
  }

  /** One timer, before its time. */
  fire(id: string): boolean {
    if (!this.#timers.delete(id)) return false
    this.feed({ type: 'timer', id })
    return true
  }

  #boot(): State {
    const booted = this.#machine.start(this.disk.saved(), this.nowMs)
    for (const effect of booted.effects) this.#carryOut(effect)
    return booted.state
  }

  #take(input: Input | CommonInput): void {
    this.#answers = 0
    this.#settle(this.#machine.step(this.#state, input, this.nowMs))
    const isVoucher = (input as CommonInput).type === 'voucher'
    if (isVoucher && this.#answers !== 1) this.faults.push('voucher not answered once')
  }

  #settle(taken: Step<State, Deed>): void {
    this.#state = taken.state
    for (const effect of taken.effects) this.#carryOut(effect)
  }

  #carryOut(effect: Effect<Deed>): void {
    switch (effect.type) {
      case 'timer':
        this.#timers.set(effect.id, this.nowMs + effect.afterMs)
        break
      case 'cancel':
        this.#timers.delete(effect.id)
        break
      case 'answer':
        this.#answers++
        break
      case 'do':
        this.#perform(effect.deed)
        break
      case 'record': {
        const written = this.disk.write(effect.request)
        if (written.kind === 'crashed') {
          this.crash()
          this.#answers = 1
        } else if (written.kind === 'refused') {
          this.#commonStep({ type: 'not-recorded', reason: written.reason })
        } else this.#commonStep({ type: 'recorded', sale: written.sale })
        break
      }
      case 'note':
        break
    }
  }

  #commonStep(input: CommonInput): void {
    this.#settle(this.#machine.step(this.#state, input, this.nowMs))
  }
}
