/**
 * For tests: a machine with somebody else’s cashless reader on its MDB bus, an adapter that
 * listens, and the process that reads it byte by byte. Every sale has a price of its own, so that
 * what was written down can be held against what really happened.
 */
import { lineFramer } from '@tillproof/firmware-bridge/line-framer.ts'
import { MAX_LINE_BYTES } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import { mdbSniffer } from '@tillproof/firmware-bridge/mdb/sniffer.ts'
import type { BusFact } from '@tillproof/firmware-bridge/mdb/sniffer-state.ts'
import { type ObserverInput, type ObserverState, observer } from '../observer.ts'
import { SessionProcess } from './session-process.ts'

export type RealSale = {
  paidBy: 'card' | 'cash'
  asked: number
  approved: number
  fate: 'under-way' | 'success' | 'failed' | 'untold'
  /** Every byte of it was read, and nothing broke off before it was written down. */
  heard: boolean
  /** It took longer than anybody waits: presumed before its outcome was told. */
  slow?: true
}

const CURRENCY = 'CHF'
const SCALE = { factor: 1, decimals: 2, currencyCode: '1756' }

export class BusWorld {
  readonly sales: RealSale[] = []
  readonly process: SessionProcess<ObserverState, ObserverInput, never>
  #phase: 'idle' | 'requested' | 'approved' = 'idle'
  #priceMinor = 200
  #atTenthMs = 7_000_000
  #line: 'plugged' | 'unplugged' = 'plugged'
  #bytes: number[] = []
  /** Rises with each crash: what a dead process had in its hands is gone. */
  #lives = 0
  #sniffer = newSniffer()
  #framer = lineFramer({ maxBytes: MAX_LINE_BYTES })

  constructor() {
    const rules = { port: 'mdb', currency: CURRENCY, reader: 1 } as const
    this.process = new SessionProcess(observer(rules), () => {
      this.process.faults.push('something was sent')
    })
    this.process.onCrash = () => this.#forget()
  }

  request(): void {
    if (this.#phase !== 'idle') return
    const asked = this.#nextPrice()
    this.#begin({ paidBy: 'card', asked, approved: asked })
    this.#phase = 'requested'
    this.#exchange(`1300${hex(asked)}0005`, 'ACK')
  }

  approve(lessBy: 0 | 1): void {
    const sale = this.sales.at(-1)
    if (this.#phase !== 'requested' || sale === undefined) return
    sale.approved = sale.asked - lessBy
    this.#phase = 'approved'
    this.#exchange('12', `05${hex(sale.approved)}`)
  }

  deny(): void {
    if (this.#phase !== 'requested') return
    this.sales.pop()
    this.#phase = 'idle'
    this.#exchange('12', '06')
  }

  outcome(works: boolean): void {
    if (this.#phase !== 'approved') return
    this.#end(works ? 'success' : 'failed')
    this.#exchange(works ? '13020005' : '1303', 'ACK')
    this.#exchange('1304', '07')
  }

  /** The controller forgets the sale, or only its word about it. */
  reset(): void {
    if (this.#phase === 'requested') this.sales.pop()
    if (this.#phase === 'approved') this.#end('untold')
    this.#phase = 'idle'
    this.#exchange('10', 'ACK')
    this.#exchange('12', '00')
  }

  coins(): void {
    const price = this.#nextPrice()
    const sale = { paidBy: 'cash', asked: price, approved: price } as const
    this.sales.splice(this.#phase === 'idle' ? this.sales.length : -1, 0, {
      ...sale,
      fate: 'success',
      heard: this.#line === 'plugged',
    })
    this.#exchange(`1305${hex(price)}0009`, 'ACK')
  }

  /** So many bytes of what the adapter has told arrive. */
  read(count: number): void {
    const chunk = Uint8Array.from(this.#bytes.splice(0, count))
    const life = this.#lives
    for (const frame of this.#framer.push(chunk)) {
      if (life !== this.#lives) return
      if (frame.kind === 'line') this.#hear(this.#sniffer.hear(frame.text))
    }
  }

  /** The bus rests for a moment, and whatever the adapter holds is told. */
  rest(): void {
    this.read(this.#bytes.length)
    this.#hear(this.#sniffer.silence())
  }

  unplug(): void {
    this.#line = 'unplugged'
    this.#bytes = []
    this.#framer = lineFramer({ maxBytes: MAX_LINE_BYTES })
    this.#hear(this.#sniffer.silence())
    for (const sale of this.#unwritten()) sale.heard = false
  }

  plug(): void {
    this.#line = 'plugged'
  }

  /** Nothing is said for longer than any machine takes. */
  silence(): void {
    this.rest()
    const [last] = this.sales.slice(-1)
    if (last?.fate === 'under-way') last.slow = true
    this.process.sleep(200_000)
  }

  cut(): void {
    this.process.crash()
  }

  /** The machine ends what it has begun, and everything under way comes to its end. */
  settle(): void {
    this.process.disk.nextFate = 'commits'
    this.rest()
    this.process.sleep(2_000)
    if (this.#phase === 'requested') this.deny()
    this.outcome(true)
    this.rest()
    this.process.sleep(200_000)
  }

  #nextPrice(): number {
    this.#priceMinor += 2
    return this.#priceMinor
  }

  #begin(sale: Pick<RealSale, 'paidBy' | 'asked' | 'approved'>): void {
    this.sales.push({ ...sale, fate: 'under-way', heard: this.#line === 'plugged' })
  }

  #end(fate: RealSale['fate']): void {
    const sale = this.sales.at(-1)
    if (sale !== undefined) sale.fate = fate
    this.#phase = 'idle'
  }

  /** `asked` by the controller, `answer` of the reader; 0.5 s later the bus goes on. */
  #exchange(asked: string, answer: string): void {
    this.#atTenthMs += 5_000
    const stamp = (after: number) => String(this.#atTenthMs + after).padStart(10, '0')
    const lines = [`x,00,${stamp(0)},${asked.slice(0, 2)},${asked.slice(2)}`]
    lines.push(`x,80,${stamp(60)},${answer}`)
    if (answer !== 'ACK') lines.push(`x,00,${stamp(80)},ACK`)
    if (this.#line === 'plugged') {
      this.#bytes.push(...new TextEncoder().encode(lines.map(line => `${line}\r\n`).join('')))
    } else for (const sale of this.sales) if (sale.fate === 'under-way') sale.heard = false
  }

  #hear(heard: BusFact[] | object): void {
    if (!Array.isArray(heard)) return
    const life = this.#lives
    for (const fact of heard as BusFact[]) {
      if (life !== this.#lives) return
      if (!('reader' in fact) || fact.kind === 'reader') continue
      this.process.feed({ type: 'seen', fact })
    }
  }

  #forget(): void {
    this.#lives++
    this.#bytes = []
    this.#sniffer = newSniffer()
    this.#framer = lineFramer({ maxBytes: MAX_LINE_BYTES })
    for (const sale of this.#unwritten()) sale.heard = false
  }

  /** Sales whose end is not on the disk. */
  #unwritten(): RealSale[] {
    const results = this.process.disk.ofKind('sale.result')
    const amounts = results.map(({ draft }) => draft.fields?.amountMinor)
    return this.sales.filter(({ approved }) => !amounts.includes(BigInt(approved)))
  }
}

function newSniffer() {
  return mdbSniffer({ currency: CURRENCY, assumedScale: SCALE })
}

function hex(minor: number): string {
  return minor.toString(16).padStart(4, '0')
}
