/**
 * For tests: a rented machine with its own switch, meters and faults, the line to it, our process
 * and our disk, as a graph. One paid order; whoever sits in it, faults, lost writes, lost lines,
 * time and power cuts come in any order.
 *
 * Of time only what the rules ask for is kept: how long ago something was, up to the longest time
 * that makes a difference. Timers may go off at any moment.
 */
import type { CommonInput } from '../machine.ts'
import { timedRental } from '../timed.ts'
import type { TimedRules } from '../timed-rules.ts'
import type { TimedDeed, TimedInput, TimedState } from '../timed-state.ts'
import type { Model, Move } from './explore.ts'
import {
  boot,
  EMPTY_DISK,
  faultsOfDisk,
  type ModelDisk,
  type ModelProcess,
  openSales,
  processMoves,
  queued,
  type Ran,
  resultOf,
  textOf,
} from './process-model.ts'

export type TimedWorld = {
  process: ModelProcess<TimedState, TimedInput>
  disk: ModelDisk
  nowMs: number
  line: 'plugged' | 'unplugged'
  /** On their way to the machine. */
  writes: readonly TimedDeed[]
  /** `thinking`: a coin mechanism that will switch the motor on in a moment. */
  runs: 'not' | 'thinking' | 'serving'
  runsFor: number | null
  /** It was looked at since it began; nobody looks for a moment only, but all the time. */
  seen: boolean
  fault: boolean
  held: boolean
  runMeter: number
  /** Sales that the machine began to serve, once for each time; whose run a fault cut short. */
  begun: readonly (number | null)[]
  broken: readonly number[]
  faults: readonly string[]
}

const PRICE = 1000n
const MINUTES = 1
/** Time goes on in turns: long enough to try again, then past the time to begin, then the end. */
const [SHORT_MS, ROUND_MS] = [4_000, 32_000]
/** Beyond the paid minute nothing changes. */
const LONGEST_MS = 64_000
const WAITING = 1

/** `breaks`: whether the line to the machine may be lost too, or our power only. */
export function timedModel(
  rules: TimedRules,
  breaks: 'power' | 'line and power',
): Model<TimedWorld> {
  const offers = [{ item: 'run', price: '10.00', minutes: MINUTES }]
  const machine = timedRental(rules, { currency: 'CNY', offers })
  const setting = { rules, machine, breaks }
  return {
    begin: begin(setting),
    moves: world => movesOf(setting, world),
    key: keyOf,
    faults: faultsOf,
    isSettled: ({ process, disk, runs }) =>
      openSales(disk).length === 0 &&
      process.state.phase === 'idle' &&
      process.commit === null &&
      runs === 'not',
  }
}

/**
 * Moments as ages; what lies further back than anybody asks is one. A sale that is over, and of
 * which nothing is under way any more, is over in whatever way.
 */
function keyOf(world: TimedWorld): string {
  const { nowMs, disk, runsFor, writes, begun, broken } = world
  const isOver = (sale: number | null) =>
    sale !== null && resultOf(disk, sale) !== null && runsFor !== sale && writes.length === 0
  const sales = disk.sales.map((it, sale) => (isOver(sale) ? it.order : it))
  const kept = {
    disk: { ...disk, sales },
    begun: begun.filter(sale => !isOver(sale)),
    broken: broken.filter(sale => !isOver(sale)),
    nowMs: nowMs % ROUND_MS,
  }
  const aged = (_: string, name: string, at: string) => {
    const isDue = name.includes('metersDue')
    const longest = isDue ? 0 : name.includes('triedAtMs') ? SHORT_MS : LONGEST_MS
    return `${name}${Math.min(longest, Math.max(-1, nowMs - Number(at)))}`
  }
  return textOf({ ...world, ...kept, nowMs: 0 })
    .replaceAll(/(\\?"\w*[aA]tMs\\?":|"restingSinceMs":)(\d+)/g, aged)
    .concat(String(kept.nowMs))
}

function faultsOf({ disk, begun, broken, faults }: TimedWorld): string[] {
  const wrong = [...disk.sales.entries()].flatMap(([sale, { events }]) => {
    const times = begun.filter(it => it === sale).length
    const told = resultOf(disk, sale)
    const of = (kind: string) => events.filter(event => event.startsWith(kind)).length
    return [
      ...(times > 1 ? ['served twice for one payment'] : []),
      ...(told === 'success' && times === 0 ? ['a success that was never served'] : []),
      ...(told === 'failed' && times > 0 && !broken.includes(sale) ? ['failed, and served'] : []),
      ...(of('session.started') > 1 ? ['started twice'] : []),
      ...(of('session.ended') > of('session.started') ? ['ended without a start'] : []),
      ...(told === 'success' && of('session.ended') !== 1 ? ['a success without its end'] : []),
    ]
  })
  const unpaid = begun.includes(null) ? ['served nobody'] : []
  return [...faultsOfDisk(disk), ...wrong, ...unpaid, ...faults]
}

type Moves = Move<TimedWorld>[]
type Setting = {
  rules: TimedRules
  machine: ReturnType<typeof timedRental>
  breaks: 'power' | 'line and power'
}
type After = Ran<TimedState, TimedInput, TimedDeed>

function move(name: string, to: TimedWorld, calm: boolean): Moves {
  return [{ name, to, calm }]
}

function begin({ machine }: Setting): TimedWorld {
  const { process } = boot(machine, EMPTY_DISK, LONGEST_MS)
  return {
    process,
    disk: EMPTY_DISK,
    nowMs: LONGEST_MS,
    line: 'plugged',
    writes: [],
    runs: 'not',
    runsFor: null,
    seen: false,
    fault: false,
    held: false,
    runMeter: 7,
    begun: [],
    broken: [],
    faults: [],
  }
}

function movesOf(setting: Setting, world: TimedWorld): Moves {
  return [
    ...ownMoves(setting, world),
    ...payMoves(world),
    ...lookMoves(world),
    ...timeMoves(world),
    ...machineMoves(setting, world),
    ...breakages(setting, world),
  ]
}

/** A machine is given up after minutes; writes and mechanisms do not take as long. */
function ownMoves(setting: Setting, world: TimedWorld): Moves {
  const { machine } = setting
  const isLong = world.writes.length === 0 && world.runs !== 'thinking'
  const due = world.process.timers.filter(id => id === 'retry' || isLong)
  const place = {
    machine,
    nowMs: ({ nowMs }: TimedWorld) => nowMs,
    ran: (before: TimedWorld, after: After) => ran(setting, before, after),
  }
  return processMoves(place, world, due)
}

function ran({ rules }: Setting, world: TimedWorld, after: After): TimedWorld {
  const { process, did, faults } = after
  const isStart = did.some(({ writes }) => writes.some(isOn))
  const early = isStart && openSales(world.disk).length === 0 ? ['started without a sale'] : []
  const writes = world.line === 'plugged' ? [...world.writes, ...did] : []
  // The same switch, written again: once is as good as twice.
  const last = rules.startAgain ? writes.slice(-2) : writes
  return { ...world, process, writes: last, faults: [...world.faults, ...faults, ...early] }
}

function lookMoves(world: TimedWorld): Moves {
  if (world.line === 'unplugged' || world.process.queue.length >= WAITING) return []
  const serves = world.runs === 'serving'
  const signals = { running: serves, broken: world.fault, unlocked: serves, doorOpen: false }
  const meters = { runs: BigInt(world.runMeter), minutes: 70n, odometer: 5n }
  const look = { signals: { ...signals, ignition: world.held }, meters }
  return move(
    'look',
    fed({ ...world, seen: serves }, { type: 'look', look, atMs: world.nowMs }),
    true,
  )
}

/** Writes take less than a step of time, and a mechanism does not think as long either. */
function timeMoves(world: TimedWorld): Moves {
  if (world.writes.length > 0 || world.runs === 'thinking') return []
  const ms = world.nowMs % ROUND_MS === 0 ? SHORT_MS : ROUND_MS - SHORT_MS
  return move(`${ms / 1000} s`, { ...world, nowMs: world.nowMs + ms }, true)
}

function machineMoves(setting: Setting, world: TimedWorld): Moves {
  const { rules } = setting
  const { writes, runs, runsFor, fault, held, broken, seen, line } = world
  const [deed, ...rest] = writes
  const arrives = deed === undefined ? [] : move('write', obeyed(setting, world, deed, rest), true)
  const lost = deed === undefined ? [] : move('write lost', { ...world, writes: rest }, false)
  const thought =
    runs === 'thinking'
      ? move('motor on', { ...world, runs: 'serving' as const, seen: false }, true)
      : []
  const isItsOwn = rules.timedBy === 'machine' && runs === 'serving' && writes.length === 0
  const isOver = isItsOwn && (seen || line === 'unplugged')
  const ended = { ...world, runs: 'not' as const, runsFor: null, seen: false }
  const ends = isOver ? move('run ends', ended, true) : []
  const sits = rules.heldBy.length > 0 && runs === 'serving' && !held
  const sit = sits ? move('sits in', { ...world, held: true }, false) : []
  const leaves = held ? move('gets out', { ...world, held: false }, true) : []
  if (rules.fault === undefined)
    return [...arrives, ...lost, ...thought, ...ends, ...sit, ...leaves]
  const cut = runs === 'serving' && runsFor !== null ? [...broken, runsFor] : broken
  const faulty = { ...ended, fault: true, broken: cut }
  // Faults come and go slower than a write takes.
  const isCalm = writes.length === 0 && runs !== 'thinking'
  const breaks = isCalm && !fault ? move('fault', faulty, false) : []
  const mended =
    fault && writes.length === 0 ? move('mended', { ...world, fault: false }, true) : []
  return [...arrives, ...lost, ...thought, ...ends, ...breaks, ...mended]
}

function obeyed(
  { rules }: Setting,
  world: TimedWorld,
  deed: TimedDeed,
  writes: readonly TimedDeed[],
): TimedWorld {
  const last = deed.writes.at(-1)
  const next = { ...world, writes }
  if (last === undefined || world.fault) return next
  if (!isOn(last)) return { ...next, runs: 'not', runsFor: null, seen: false }
  if (world.runs !== 'not' && !('pulses' in last)) return next
  const sale = openSales(world.disk)[0] ?? null
  const runs = rules.startAgain ? 'serving' : 'thinking'
  const begun = [...world.begun, sale]
  return { ...next, runs, seen: false, runsFor: sale, begun, runMeter: world.runMeter + 1 }
}

/** Paid once, and shown as often as anybody likes. */
function payMoves(world: TimedWorld): Moves {
  if (world.process.queue.length >= WAITING) return []
  const credit = { orderId: 'o1', amountMinor: PRICE, currency: 'CNY', item: 'run' }
  return move('pay', fed(world, { type: 'voucher', credit }), false)
}

function breakages(setting: Setting, world: TimedWorld): Moves {
  const { line, process, disk, nowMs } = world
  const isRoom = process.queue.length < WAITING
  const lost = fed({ ...world, line: 'unplugged', writes: [] }, { type: 'line-lost' })
  const pulled = line === 'plugged' && isRoom ? move('unplug', lost, false) : []
  const plug = line === 'unplugged' ? move('plug', { ...world, line: 'plugged' }, true) : []
  const fresh = boot(setting.machine, disk, nowMs)
  const cut = [
    ...move('power cut', ran(setting, { ...world, writes: [] }, fresh), false),
    ...(process.commit === null ? [] : move('journal failed', ran(setting, world, fresh), false)),
  ]
  if (setting.breaks === 'power') return cut
  const away = ran(setting, { ...world, writes: [], line: 'unplugged' }, fresh)
  return [...pulled, ...plug, ...cut, ...move('power cut for long', away, false)]
}

function isOn(write: TimedDeed['writes'][number]): boolean {
  return 'pulses' in write || write.value !== 0
}

function fed(world: TimedWorld, input: TimedInput | CommonInput): TimedWorld {
  return { ...world, process: queued(world.process, input) }
}
