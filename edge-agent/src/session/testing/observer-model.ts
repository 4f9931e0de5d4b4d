/**
 * For tests: a machine with somebody else's reader, what a listener hears of it, our process and
 * our disk, as a graph. Two sales, by card or for cash; the bus, the machine and the power break
 * off wherever they like. Every sale has an amount of its own.
 */

import type { CommonInput } from '../machine.ts'
import { type ObserverInput, type ObserverState, observer } from '../observer.ts'
import type { SeenFact, SeenKind } from '../observer-book.ts'
import type { Model, Move } from './explore.ts'
import {
  boot,
  EMPTY_DISK,
  type ModelDisk,
  type ModelProcess,
  openSales,
  processMoves,
  queued,
  type Ran,
  textOf,
} from './process-model.ts'

/** `heard`: every word of it, by a process that lived until it was written down. */
type RealSale = {
  paid: 'card' | 'cash'
  end: 'under-way' | 'succeeded' | 'failed' | 'presumed'
  heard: boolean
  /** Nobody waits so long: it may be presumed before its outcome is told. */
  slow: boolean
}

export type ObserverWorld = {
  process: ModelProcess<ObserverState, ObserverInput>
  disk: ModelDisk
  bus: 'idle' | 'requested' | 'approved'
  line: 'plugged' | 'unplugged'
  /** Number of the present request; null: this run of the listener has not heard it. */
  vend: 1 | null
  sales: readonly RealSale[]
  faults: readonly string[]
}

const MACHINE = observer({ port: 'mdb', currency: 'CHF', reader: 1 })
const PLACE = { machine: MACHINE, nowMs: () => 0, ran }
const MOST_SALES = 2
/** Facts that may wait for the process and for its disk. */
const WAITING = 1
/** The first sale is approved with this, each further one with a unit more; and asked for with. */
const [FIRST, ASKED] = [200, 500]

export function observerModel(): Model<ObserverWorld> {
  return {
    begin: {
      process: boot(MACHINE, EMPTY_DISK, 0).process,
      disk: EMPTY_DISK,
      bus: 'idle',
      line: 'plugged',
      vend: null,
      sales: [],
      faults: [],
    },
    moves: world => [...ownMoves(world), ...busMoves(world), ...breakages(world)],
    key: keyOf,
    faults: faultsOf,
    isSettled: world => isAtRest(world) && openSales(world.disk).length === 0,
  }
}

/** What became of a sale that was not heard, nobody will ask. */
function keyOf(world: ObserverWorld): string {
  const sales = world.sales.map(sale => (sale.heard ? sale : sale.end === 'under-way'))
  return textOf({ ...world, sales })
}

function isAtRest({ process, bus }: ObserverWorld): boolean {
  const { state, queue } = process
  return bus === 'idle' && state.booking === null && state.waiting.length + queue.length === 0
}

/** What was heard of a sale to its end is in the log once, with its own end and amount. */
function faultsOf(world: ObserverWorld): string[] {
  const { disk, sales, faults } = world
  const doubled = sales.flatMap((_, at) => (told(disk, at).length > 1 ? ['told twice'] : []))
  const results = disk.sales.flatMap(({ events }) =>
    events.filter(event => event.startsWith('sale.result')).length > 1 ? ['two results'] : [],
  )
  const kept = disk.sales.filter(({ events }) => events.length > 0)
  const more = kept.length > sales.length ? ['more sales in the log than there were'] : []
  const always = [...doubled, ...results, ...more, ...faults]
  if (!isAtRest(world) || openSales(disk).length > 0) return always
  const wrong = sales.flatMap(({ heard, end, slow, paid }, at) => {
    if (!heard) return []
    const [event = 'nothing'] = told(disk, at)
    const ends = { succeeded: 'success', failed: 'failed', presumed: 'presumed' }
    const right = end === 'under-way' ? 'presumed' : ends[end]
    const isRight = event.includes(` ${right} `) || (slow && event.includes(' presumed '))
    return isRight ? [] : [`${paid} ${end} is in the log as ${event}`]
  })
  return [...always, ...wrong]
}

function told({ sales }: ModelDisk, at: number): string[] {
  return sales.flatMap(({ events }) =>
    events.filter(event => event.startsWith('sale.result') && event.endsWith(` ${FIRST + at}`)),
  )
}

type Moves = Move<ObserverWorld>[]

function move(name: string, to: ObserverWorld, calm: boolean): Moves {
  return [{ name, to, calm }]
}

/** When three minutes have passed, what is under way takes longer than anybody waits. */
function ownMoves(world: ObserverWorld): Moves {
  const { sales } = world
  const [last] = sales.slice(-1)
  return processMoves(PLACE, world).map(it => {
    if (it.name !== 'timer outcome' || last === undefined) return it
    return { ...it, to: { ...it.to, sales: [...sales.slice(0, -1), { ...last, slow: true }] } }
  })
}

function ran(world: ObserverWorld, after: Ran<ObserverState, ObserverInput, never>): ObserverWorld {
  const { process, did, faults } = after
  const sent = did.length > 0 ? ['something was sent'] : []
  return { ...world, process, faults: [...world.faults, ...faults, ...sent] }
}

function fed(world: ObserverWorld, input: ObserverInput | CommonInput): ObserverWorld {
  return { ...world, process: queued(world.process, input) }
}

/** The listener tells its facts while its line is there; else the sale was not heard. */
function says(world: ObserverWorld, kind: SeenKind, first = FIRST): ObserverWorld {
  const { line, sales, vend } = world
  const at = sales.length - 1
  if (line === 'unplugged') return { ...world, sales: unheard(sales, it => it.end === 'under-way') }
  const minor = first + at
  const isKnown = vend !== null || kind === 'cash-sale' || kind === 'approved'
  // A sniffer that did not hear the request has no approval to presume from, and no amount.
  if (kind === 'presumed' && !isKnown) return world
  const price = isKnown ? { scaled: minor, minor: BigInt(minor) } : null
  const fact = { kind, vend, item: 5, price }
  return fed(world, { type: 'seen', fact: fact as SeenFact })
}

function unheard(
  sales: readonly RealSale[],
  which: (sale: RealSale) => boolean,
): readonly RealSale[] {
  return sales.map(sale => (which(sale) ? { ...sale, heard: false } : sale))
}

function busMoves(world: ObserverWorld): Moves {
  const { bus, process, sales, line } = world
  if (process.queue.length + process.state.waiting.length >= WAITING) return []
  const heard = line === 'plugged'
  const sale = { end: 'under-way', heard, slow: false } as const
  const begun = {
    ...world,
    bus: 'requested' as const,
    sales: [...sales, { ...sale, paid: 'card' as const }],
  }
  const vend = heard ? { vend: 1 as const } : { vend: null }
  const done = { ...sale, paid: 'cash' as const, end: 'succeeded' as const }
  switch (bus) {
    case 'idle': {
      if (sales.length >= MOST_SALES) return []
      // The machine asks for more than the reader approves: the approved amount counts.
      const request = move('request', says({ ...begun, ...vend }, 'requested', ASKED), false)
      const paid = says({ ...world, vend: null, sales: [...sales, done] }, 'cash-sale')
      return [...request, ...move('cash', heard ? paid : unheardCash(paid), false)]
    }
    case 'requested': {
      const gone = { ...world, bus: 'idle' as const }
      const dropped = (kind: 'denied' | 'cancelled') => {
        const said = says(gone, kind, ASKED)
        return { ...said, sales: said.sales.slice(0, -1) }
      }
      return [
        ...move('approve', says({ ...world, bus: 'approved' }, 'approved'), true),
        ...move('deny', dropped('denied'), true),
        ...move('cancel', dropped('cancelled'), false),
      ]
    }
    case 'approved':
      return (['succeeded', 'failed', 'presumed'] as const).flatMap(end => {
        const said = says({ ...world, bus: 'idle' }, end)
        const ended = said.sales.map((it, at) => (at === sales.length - 1 ? { ...it, end } : it))
        return move(end, { ...said, sales: ended }, end !== 'presumed')
      })
  }
}

function unheardCash(world: ObserverWorld): ObserverWorld {
  return { ...world, sales: unheard(world.sales, it => it === world.sales.at(-1)) }
}

function breakages(world: ObserverWorld): Moves {
  const { line, process, disk, sales } = world
  const pulled = { ...world, line: 'unplugged' as const }
  const fresh = boot(MACHINE, disk, 0)
  // What was in the hands of the process and not on the disk is gone with it.
  const lost = unheard(sales, sale => told(disk, sales.indexOf(sale)).length === 0)
  const anew = { ...world, sales: lost, vend: null }
  return [
    ...(line === 'plugged'
      ? move('unplug', pulled, false)
      : move('plug', { ...world, line: 'plugged' }, true)),
    ...move('power cut', ran(anew, fresh), false),
    ...(process.commit === null
      ? []
      : move('journal failed', ran({ ...world, sales: lost }, fresh), false)),
  ]
}
