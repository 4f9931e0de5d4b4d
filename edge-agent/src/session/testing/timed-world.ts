/**
 * For tests: a rented machine's whole world in memory: the machine with its own switch, clock and
 * meters, the line to it, the process beside it. Writes are on their way for a moment, and may be
 * lost; the machine runs on while nobody looks.
 */
import { timedRental } from '../timed.ts'
import type { TimedRules } from '../timed-rules.ts'
import type { TimedDeed, TimedInput, TimedState } from '../timed-state.ts'
import type { Credit } from '../voucher.ts'
import { SessionProcess } from './session-process.ts'

export const PRICE_MINOR = 1000n
export const MINUTES = 5
const LOOK_EVERY_MS = 10_000
const THINKS_MS = 5_000
/** Counts a second of the meter, while it serves. */
const COUNTS = 10n

export class TimedWorld {
  /** Sales that the machine began to serve, once for each time it began. */
  readonly begun: (number | null)[] = []
  /** Sales whose run a fault cut short. */
  readonly broken: number[] = []
  readonly process: SessionProcess<TimedState, TimedInput, TimedDeed>
  readonly #rules: TimedRules
  #line: 'plugged' | 'unplugged' = 'plugged'
  #fault = false
  #held = false
  #writes: TimedDeed[] = []
  #servesFromMs = 0
  #servesUntilMs = 0
  #runs = 7n
  #counted = 100n

  constructor(rules: TimedRules, unitPrice?: string) {
    this.#rules = rules
    const offer = { item: 'run', price: '10.00', minutes: MINUTES, unitPrice }
    const machine = timedRental(rules, { currency: 'CNY', offers: [offer] })
    this.process = new SessionProcess(machine, deed => this.#send(deed))
    this.look()
  }

  pay(orderId: string): void {
    const credit: Credit = { orderId, amountMinor: PRICE_MINOR, currency: 'CNY', item: 'run' }
    this.process.feed({ type: 'voucher', credit })
  }

  /** What is on its way arrives, or does not. */
  deliver(arrives: boolean): void {
    for (const deed of this.#writes.splice(0))
      if (arrives && this.#line === 'plugged') this.#obey(deed)
  }

  look(): void {
    if (this.#line === 'unplugged') return
    const serves = this.serves()
    const signals = { running: serves, broken: this.#fault, drawsCurrent: serves }
    const switched = { charging: serves, unlocked: serves, ignition: this.#held, doorOpen: false }
    const counters = { runs: this.#runs, minutes: 70n, energy: this.#counted, odometer: 5n }
    const look = { signals: { ...signals, ...switched }, meters: counters }
    this.process.feed({ type: 'look', look, atMs: this.process.nowMs })
  }

  /** Looks go on while time passes; what was on its way has arrived by then. */
  wait(seconds: number): void {
    for (let left = seconds * 1000; left > 0; left -= LOOK_EVERY_MS) {
      this.deliver(true)
      this.#pass(Math.min(left, LOOK_EVERY_MS))
      this.process.sleep(0)
      this.look()
    }
  }

  unplug(): void {
    this.#line = 'unplugged'
    this.#writes = []
    this.process.feed({ type: 'line-lost' })
  }

  plug(): void {
    this.#line = 'plugged'
    this.look()
  }

  /** Our power fails; the machine has its own. */
  cut(seconds: number, arrives: boolean): void {
    this.deliver(arrives)
    this.#pass(seconds * 1000)
    this.process.crash()
    this.look()
  }

  hold(held: boolean): void {
    this.#held = held && this.serves()
  }

  /** Faults come and go slower than a write takes. */
  break(broken: boolean): void {
    this.deliver(true)
    const [sale] = this.process.disk.openSales()
    if (broken && this.serves() && sale !== undefined) this.broken.push(sale)
    if (broken && this.#rules.fault !== undefined) this.#servesUntilMs = 0
    this.#fault = broken && this.#rules.fault !== undefined
    this.look()
  }

  serves(): boolean {
    const { nowMs } = this.process
    return nowMs >= this.#servesFromMs && nowMs < this.#servesUntilMs
  }

  /** Lets everything under way come to its end. */
  settle(): void {
    this.process.disk.nextFate = 'commits'
    this.#held = false
    this.break(false)
    this.plug()
    for (let minute = 0; minute < 200 && this.#isBusy(); minute++) this.wait(60)
  }

  #isBusy(): boolean {
    const { disk, nowMs } = this.process
    return disk.openSales().length > 0 || nowMs < this.#servesUntilMs
  }

  #pass(ms: number): void {
    if (this.serves()) this.#counted += (BigInt(ms) * COUNTS) / 1000n
    this.process.nowMs += ms
  }

  #send(deed: TimedDeed): void {
    const isStart = deed.writes.some(write => 'pulses' in write || write.value !== 0)
    if (isStart && this.process.disk.openSales().length === 0) {
      this.process.faults.push('started with no approved sale on the disk')
    }
    if (this.#line === 'plugged') this.#writes.push(deed)
  }

  #obey({ writes }: TimedDeed): void {
    const last = writes.at(-1)
    if (last === undefined || this.#fault) return
    const on = 'pulses' in last || last.value !== 0
    if (!on) this.#servesUntilMs = 0
    else if (!this.serves() || 'pulses' in last) this.#begin()
  }

  #begin(): void {
    this.begun.push(this.process.disk.openSales().at(-1) ?? null)
    this.#runs++
    const ownMs = this.#rules.timedBy === 'machine' ? MINUTES * 60_000 : Number.POSITIVE_INFINITY
    // A coin mechanism thinks before it switches the motor on.
    this.#servesFromMs = this.process.nowMs + (this.#rules.startAgain ? 0 : THINKS_MS)
    this.#servesUntilMs = this.#servesFromMs + ownMs
  }
}
