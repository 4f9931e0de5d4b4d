/**
 * For tests: everything that a vending machine, its adapter, the wire between, our process and our
 * disk can do to each other, as a graph. Two paid orders for the same slot and a second slot at
 * another price; customers, breakages and power cuts come as often as they like, in any order.
 */
import { VEND_OFF, type VendState } from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import type { VendingInput, VendingState } from '../vending-state.ts'
import type { Model } from './explore.ts'
import {
  boot,
  EMPTY_DISK,
  faultsOfDisk,
  type ModelDisk,
  type ModelProcess,
  openSales,
  resultOf,
  textOf,
} from './process-model.ts'
import { MACHINE, movesOf } from './vending-moves.ts'

export type Slot = '1' | '2'
/** `for`: the sale that an approval is of. */
export type Said = { say: 'switch' } | { say: 'deny' } | { say: 'approve'; for: number; slot: Slot }

/**
 * How far the model reaches: paid orders for slot 1, slots (the second at another price), inputs
 * that may wait before the session.
 */
export type VendingSize = { orders: 1 | 2; slots: 1 | 2; waiting: 1 | 2 }

export type VendingWorld = {
  process: ModelProcess<VendingState, VendingInput>
  disk: ModelDisk
  reader: VendState
  port: 'open' | 'closed'
  /** What was just said to the adapter: taken or torn before anything else happens. */
  saying: readonly Said[]
  toUs: readonly string[]
  isOn: boolean
  /** The machine waits for a decision, or gives out. */
  asking: Slot | null
  giving: { sale: number } | null
  /** Sales whose goods came out, once for each time. */
  given: readonly number[]
  size: VendingSize
  faults: readonly string[]
}

export function vendingModel(size: VendingSize): Model<VendingWorld> {
  return {
    begin: begin(size),
    moves: movesOf,
    key: keyOf,
    faults: faultsOf,
    isSettled,
  }
}

/** A status that was torn on its way is made good by the next word of the machine. */
function isSettled({ process, disk, reader, toUs, saying, port }: VendingWorld): boolean {
  const isIdle = process.state.phase === 'idle' && process.queue.length === 0
  const isQuiet = port === 'open' && toUs.length + saying.length === 0
  const isReaderBack = reader.phase === 'ready' || reader.phase === 'disabled'
  return openSales(disk).length === 0 && isIdle && isQuiet && isReaderBack
}

function begin(size: VendingSize): VendingWorld {
  const { process } = boot(MACHINE, EMPTY_DISK, 0)
  return {
    process,
    disk: EMPTY_DISK,
    reader: VEND_OFF,
    port: 'closed',
    saying: [],
    toUs: [],
    isOn: false,
    asking: null,
    giving: null,
    given: [],
    size,
    faults: [],
  }
}

/**
 * A number of a request means only which other numbers are the same, and which came later. A sale
 * that is over, and of which nothing is under way any more, is over in whatever way.
 */
function keyOf(world: VendingWorld): string {
  const { disk, given, giving, saying } = world
  const isOver = (sale: number) =>
    resultOf(disk, sale) !== null && giving?.sale !== sale && saying.length === 0
  const sales = disk.sales.map((it, sale) => (isOver(sale) ? it.order : it))
  const came = given.filter(sale => !isOver(sale))
  const text = textOf({ ...world, disk: { ...disk, sales }, given: came })
  const numbers = Array.from(text.matchAll(/"asks?":(\d+)/g), ([, number]) => Number(number))
  const ranks = [...new Set(numbers)].sort((a, b) => b - a)
  return text.replaceAll(/("asks?":)(\d+)/g, (_, name: string, number: string) => {
    return `${name}${ranks.indexOf(Number(number))}`
  })
}

function faultsOf({ disk, given, faults, process, reader }: VendingWorld): string[] {
  const twice = new Set(given).size < given.length ? ['goods came out twice'] : []
  const wrong = [...disk.sales.keys()].flatMap(sale => {
    const [told, came] = [resultOf(disk, sale), given.includes(sale)]
    if (told === 'failed' && came) return ['failed, and the goods came out']
    return told === 'success' && !came ? ['a success, and nothing came out'] : []
  })
  const { state, queue, commit } = process
  const isQuiet = queue.length === 0 && commit === null
  const isDeaf = isQuiet && reader.phase === 'ready' && !state.ready
  const deaf = isDeaf ? ['a ready reader is unused'] : []
  return [...faultsOfDisk(disk), ...twice, ...wrong, ...deaf, ...faults]
}
