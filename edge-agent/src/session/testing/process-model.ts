/**
 * For tests: a process that runs one session machine, as a value. It is the runner
 * (`drivers/runner.ts`) cut at every point where a power cut makes a difference: before a commit,
 * after it and before anything that follows, after a deed was done. Inputs wait meanwhile.
 */
import type { AppendRequest } from '../../journal/event-store.ts'
import type { CommonInput, Machine, SavedSale, Step } from '../machine.ts'
import type { Move } from './explore.ts'

/** What the journal keeps: each approved sale with its events, `kind result amount`, in order. */
export type ModelDisk = {
  state: string | null
  spent: readonly string[]
  sales: readonly { order: string; events: readonly string[] }[]
}

export type ModelProcess<State, Input> = {
  state: State
  queue: readonly (Input | CommonInput)[]
  /** Those that are set; each may go off at any moment. */
  timers: readonly string[]
  /** The commit under way, and whether it is on the disk already. */
  commit: { request: AppendRequest } | { written: { sale: number | null } } | null
  owesAnswer: boolean
}

export const EMPTY_DISK: ModelDisk = { state: null, spent: [], sales: [] }

/** `did`: deeds in order. A fault is a broken contract of `session/machine.ts`. */
export type Ran<State, Input, Deed> = {
  process: ModelProcess<State, Input>
  did: Deed[]
  faults: string[]
}

/** A world of which a process and its disk are a part, and what follows a step there. */
export type Place<World, State, Input, Deed> = {
  machine: Machine<State, Input, Deed>
  nowMs(world: World): number
  ran(world: World, after: Ran<State, Input, Deed>): World
}
type Held<State, Input> = { process: ModelProcess<State, Input>; disk: ModelDisk }

/** All that the process may do next by itself; `due`: timers that can go off now. */
export function processMoves<World extends Held<State, Input>, State, Input, Deed>(
  { machine, nowMs, ran }: Place<World, State, Input, Deed>,
  world: World,
  due: readonly string[] = world.process.timers,
): Move<World>[] {
  const { process, disk } = world
  const { commit } = process
  const move = (name: string, to: World, calm = true) => ({ name, to, calm })
  const on = (refused: 'disk-full' | 'voucher-spent' | null) =>
    ran(world, goOn(machine, process, refused, nowMs(world)))
  const ticks = due.map(id => {
    const timers = process.timers.filter(it => it !== id)
    const rung = queued({ ...process, timers }, { type: 'timer', id })
    return move(`timer ${id}`, { ...world, process: rung })
  })
  if (commit === null) {
    const taken = takeNext(machine, process, nowMs(world))
    return taken === null ? ticks : [...ticks, move('next', ran(world, taken))]
  }
  if ('written' in commit) return [...ticks, move('written', on(null))]
  if (isSpent(disk, commit.request)) return [...ticks, move('spent', on('voucher-spent'))]
  const { disk: kept, sale } = write(disk, commit.request)
  const written = { ...world, disk: kept, process: { ...process, commit: { written: { sale } } } }
  return [...ticks, move('commit', written), move('full', on('disk-full'), false)]
}

/** From what is on the disk. */
export function boot<State, Input, Deed>(
  machine: Machine<State, Input, Deed>,
  disk: ModelDisk,
  nowMs: number,
): Ran<State, Input, Deed> {
  const step = machine.start(savedOf(disk), nowMs)
  const fresh = { state: step.state, queue: [], timers: [], commit: null, owesAnswer: false }
  return carryOut(fresh, step)
}

/** As the runner finds it: an index that died with its process is found by the order, or is the
 * last that was approved where there are none. */
function savedOf({ state, sales }: ModelDisk): SavedSale | null {
  if (state === null) return null
  const saved: SavedSale = JSON.parse(state)
  const found = sales.findLastIndex(({ order, events }) => {
    return order === saved.orderId && events.some(event => event.startsWith('sale.approved'))
  })
  return { ...saved, sale: saved.sale ?? found }
}

/** Takes the first input that waits. */
function takeNext<State, Input, Deed>(
  machine: Machine<State, Input, Deed>,
  process: ModelProcess<State, Input>,
  nowMs: number,
): Ran<State, Input, Deed> | null {
  const [input, ...queue] = process.queue
  if (input === undefined || process.commit !== null) return null
  const owesAnswer = (input as CommonInput).type === 'voucher'
  const step = machine.step(process.state, input, nowMs)
  return carryOut({ ...process, queue, owesAnswer }, step)
}

/** With one more input that waits. */
export function queued<State, Input>(
  process: ModelProcess<State, Input>,
  input: Input | CommonInput,
): ModelProcess<State, Input> {
  return { ...process, queue: [...process.queue, input] }
}

/** The commit is through, or refused, and what follows it happens. */
function goOn<State, Input, Deed>(
  machine: Machine<State, Input, Deed>,
  process: ModelProcess<State, Input>,
  refused: 'disk-full' | 'voucher-spent' | null,
  nowMs: number,
): Ran<State, Input, Deed> {
  const { commit } = process
  const sale = commit !== null && 'written' in commit ? commit.written.sale : null
  const input: CommonInput =
    refused === null ? { type: 'recorded', sale } : { type: 'not-recorded', reason: refused }
  return carryOut({ ...process, commit: null }, machine.step(process.state, input, nowMs))
}

function carryOut<State, Input, Deed>(
  before: ModelProcess<State, Input>,
  { state, effects }: Step<State, Deed>,
): Ran<State, Input, Deed> {
  const timers = new Set(before.timers)
  const did: Deed[] = []
  const faults: string[] = []
  let { owesAnswer } = before
  let commit: ModelProcess<State, Input>['commit'] = null
  for (const effect of effects) {
    if (commit !== null) faults.push(`${effect.type} after a record in the same step`)
    if (effect.type === 'timer') timers.add(effect.id)
    if (effect.type === 'cancel') timers.delete(effect.id)
    if (effect.type === 'do') did.push(effect.deed)
    if (effect.type === 'record') commit = { request: effect.request }
    if (effect.type !== 'answer') continue
    if (!owesAnswer) faults.push('answered twice')
    owesAnswer = false
  }
  if (commit === null && owesAnswer) faults.push('a voucher was not answered')
  return {
    process: { ...before, state, timers: [...timers].sort(), commit, owesAnswer },
    did,
    faults,
  }
}

/** Whether the journal would refuse it as spent. */
function isSpent({ spent }: ModelDisk, { spendVoucher }: AppendRequest): boolean {
  return spendVoucher !== undefined && spent.includes(spendVoucher)
}

/** Sales that were refused leave nothing that anybody could ask for later. */
function write(disk: ModelDisk, request: AppendRequest): { disk: ModelDisk; sale: number | null } {
  const sales = [...disk.sales]
  const isKept = request.events.every(({ kind }) => kind !== 'sale.refused')
  let opened: number | null = null
  for (const { kind, sale: of, fields = {} } of request.events) {
    if (of === undefined || !isKept) continue
    if (of === 'opens') opened = sales.push({ order: '', events: [] }) - 1
    const at = typeof of === 'number' ? of : (opened ?? -1)
    const { order, events } = sales[at] ?? { order: '', events: [] }
    const told = [kind, fields.result, fields.amountMinor].filter(it => it !== undefined).join(' ')
    sales[at] = { order: fields.orderId ?? order, events: [...events, told] }
  }
  const spends = request.spendVoucher === undefined ? [] : [request.spendVoucher]
  const [state = disk.state] = Object.values(request.state ?? {})
  return { disk: { state, spent: [...disk.spent, ...spends].sort(), sales }, sale: opened }
}

/** `success`, `failed`, `presumed`, or null while it is open. */
export function resultOf(disk: ModelDisk, sale: number): string | null {
  const told = disk.sales[sale]?.events.find(event => event.startsWith('sale.result'))
  return told?.split(' ')[1] ?? null
}

export function openSales(disk: ModelDisk): number[] {
  return [...disk.sales.keys()].filter(sale => resultOf(disk, sale) === null)
}

/** What no log may say, of whatever machine. */
export function faultsOfDisk({ sales, state }: ModelDisk): string[] {
  const orders = sales.map(({ order }) => order).filter(order => order !== '')
  const doubled = new Set(orders).size < orders.length ? ['one order, two sales'] : []
  const each = sales.flatMap(({ events }) => {
    const results = events.filter(event => event.startsWith('sale.result'))
    const approved = events.find(event => event.startsWith('sale.approved'))
    const isLast = results.length === 0 || events.at(-1) === results[0]
    return [
      ...(results.length > 1 ? ['two results'] : []),
      ...(isLast ? [] : ['something happened after the result']),
      ...(results.length === 0 && state === null ? ['an open sale is forgotten'] : []),
      ...(results.length === 0 && approved === undefined ? ['neither approved nor ended'] : []),
    ]
  })
  return [...doubled, ...each]
}

/** Text of a world, with bigints as text. */
export function textOf(world: unknown): string {
  return JSON.stringify(world, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}
