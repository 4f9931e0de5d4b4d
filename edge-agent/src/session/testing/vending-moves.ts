/** For tests: what may happen next in a vending machine's world (vending-model.ts). */
import { decodeAdapterLine } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import { stepVend, VEND_OFF, type VendInput } from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import type { CommonInput } from '../machine.ts'
import { vendingMachine } from '../vending.ts'
import type { VendDeed, VendingInput, VendingState } from '../vending-state.ts'
import type { Move } from './explore.ts'
import { boot, openSales, processMoves, queued, type Ran, textOf } from './process-model.ts'
import type { Said, Slot, VendingWorld } from './vending-model.ts'

const PRICES: Record<Slot, string> = { '1': '3.50', '2': '5.00' }
export const MACHINE = vendingMachine({ currency: 'CNY' })
const PLACE = { machine: MACHINE, nowMs: () => 0, ran }
const ORDERS = ['o1', 'o2'] as const
const SLOTS = ['1', '2'] as const

export function movesOf(world: VendingWorld): Moves {
  if (world.saying.length > 0) return sayings(world)
  return [
    ...processMoves(PLACE, world),
    ...customerMoves(world),
    ...machineMoves(world),
    ...wireMoves(world),
    ...breakages(world),
  ]
}

type Moves = Move<VendingWorld>[]

function move(name: string, to: VendingWorld, calm: boolean): Moves {
  return [{ name, to, calm }]
}

function ran(
  world: VendingWorld,
  { process, did, faults }: Ran<VendingState, VendingInput, VendDeed>,
): VendingWorld {
  const next = { ...world, process, faults: [...world.faults, ...faults] }
  return did.reduce<VendingWorld>((before, deed) => toReader(before, deed), next)
}

function fed(world: VendingWorld, input: VendingInput | CommonInput): VendingWorld {
  return { ...world, process: queued(world.process, input) }
}

/** The driver: facts to the session, commands to the line. */
function toReader(world: VendingWorld, input: VendInput): VendingWorld {
  const { state: reader, commands, facts } = stepVend(world.reader, input)
  const heard = facts.reduce((before, fact) => fed(before, { type: 'vend', fact }), {
    ...world,
    reader,
  })
  return commands.reduce((before, command) => {
    if (command.kind === 'approve') return approved(before)
    if (before.port === 'closed' || command.kind === 'version') return before
    return said(before, { say: command.kind === 'switch' ? 'switch' : 'deny' })
  }, heard)
}

function said(world: VendingWorld, command: Said): VendingWorld {
  return { ...world, saying: [...world.saying, command] }
}

function approved(world: VendingWorld): VendingWorld {
  const [sale] = openSales(world.disk)
  const { reader } = world
  if (sale === undefined || reader.phase !== 'approved') {
    return { ...world, faults: ['told approved with no approved sale on the disk'] }
  }
  return said(world, { say: 'approve', for: sale, slot: reader.item as Slot })
}

function customerMoves(world: VendingWorld): Moves {
  const { process, isOn, asking, giving, toUs, size } = world
  const isRoom = process.queue.length < size.waiting
  // Both orders are alike: which of them comes first is only a name.
  const orders = textOf([process, world.disk]).includes('o1')
    ? ORDERS.slice(0, size.orders)
    : ORDERS.slice(0, 1)
  const isShown = process.queue.some(({ type }) => type === 'voucher')
  const scans =
    isRoom && !isShown
      ? orders.flatMap(orderId => {
          const credit = { orderId, amountMinor: 350n, currency: 'CNY', item: '1' }
          return move(`scan ${orderId}`, fed(world, { type: 'voucher', credit }), false)
        })
      : []
  // The protocol has no ids; wires are faster than fingers (vending-world.ts).
  if (!isOn || asking !== null || giving !== null || toUs.length > 0) return scans
  const choices = SLOTS.slice(0, size.slots).flatMap(slot =>
    move(`choose ${slot}`, told({ ...world, asking: slot }, ask(slot)), false),
  )
  return [...scans, ...choices]
}

function ask(slot: Slot): string {
  return `c,STATUS,VEND,${PRICES[slot]},${slot}`
}

function told(world: VendingWorld, ...lines: string[]): VendingWorld {
  return world.port === 'closed' ? world : { ...world, toUs: [...world.toUs, ...lines] }
}

function machineMoves(world: VendingWorld): Moves {
  const { asking, giving, given, toUs } = world
  if (toUs.length > 1) return []
  const idle = 'c,STATUS,IDLE'
  const gaveUp =
    asking === null ? [] : move('machine gives up', told({ ...world, asking: null }, idle), true)
  if (giving === null) return gaveUp
  const done = { ...world, giving: null, given: [...given, giving.sale].sort() }
  const failed = { ...world, giving: null }
  return [
    ...move('goods', told(done, 'c,VEND,SUCCESS', idle), true),
    ...move('no goods', told(failed, 'c,ERR,VEND 3', idle), true),
  ]
}

function wireMoves(world: VendingWorld): Moves {
  const { toUs, process, port, reader, isOn, size } = world
  const isRoom = process.queue.length < size.waiting
  const [line, ...lines] = toUs
  const read = line === undefined ? null : decodeAdapterLine(line)
  const rest = { ...world, toUs: lines }
  const arrived = (at: VendingWorld) =>
    read === null || read.kind === 'discarded' ? at : toReader(at, { type: 'line', line: read })
  const hear = line === undefined || !isRoom ? [] : move(`"${line}"`, arrived(rest), true)
  const again = hear.length === 0 ? [] : move(`"${line}" twice`, arrived(arrived(rest)), false)
  const torn = line === undefined ? [] : move('line torn', rest, false)
  const isVending = reader.phase === 'approved' || reader.phase === 'asked'
  // The driver switches the reader on now and then; nothing comes of it where both know it is.
  const isNews = !isOn || reader.phase !== 'ready'
  const polls = port === 'open' && !isVending && isNews && toUs.length === 0
  const poll = polls ? move('poll', said(world, { say: 'switch' }), true) : []
  const plugged = { ...world, port: 'open' as const }
  const plug =
    port === 'closed' && isRoom ? move('plug', toReader(plugged, { type: 'opened' }), true) : []
  return [...hear, ...again, ...torn, ...poll, ...plug]
}

/**
 * The way to the adapter takes milliseconds; what matters is whether a word arrives. An approval
 * may find the line gone: then the driver knows that nothing left.
 */
function sayings(world: VendingWorld): Moves {
  const [command, ...saying] = world.saying
  if (command === undefined) return []
  const rest = { ...world, saying }
  const torn = move(`${command.say} torn`, rest, false)
  const taken = move(command.say, obeyed(rest, command), true)
  if (command.say !== 'approve') return [...taken, ...torn]
  return [
    ...taken,
    ...torn,
    ...move('unsent', toReader(rest, { type: 'unsent', ask: rest.reader.asks }), false),
  ]
}

function obeyed(world: VendingWorld, command: Said): VendingWorld {
  const { asking, isOn } = world
  if (command.say === 'switch') {
    return told({ ...world, isOn: true }, isOn ? 'c,ERR,"cashless is on"' : 'c,STATUS,ENABLED')
  }
  if (!isOn) return told(world, 'c,ERR,"cashless is off"')
  if (command.say === 'deny') return { ...world, asking: null }
  return asking === command.slot ? { ...world, asking: null, giving: { sale: command.for } } : world
}

function breakages(world: VendingWorld): Moves {
  const { port, process, giving, given, disk, size, isOn } = world
  const silent = { ...world, toUs: [] }
  const isRoom = process.queue.length < size.waiting
  const pulled =
    port === 'closed' || !isRoom
      ? []
      : move('unplug', toReader({ ...silent, port: 'closed' }, { type: 'closed' }), false)
  const off = { ...silent, isOn: false, asking: null, giving: null }
  const came = giving === null ? given : [...given, giving.sale].sort()
  const fresh = boot(MACHINE, disk, 0)
  const dark = { ...world, toUs: [], reader: VEND_OFF, port: 'closed' as const }
  return [
    ...pulled,
    ...move('adapter loses power', off, false),
    ...move('adapter loses power, goods come', { ...off, given: came }, false),
    ...(isOn && world.toUs.length === 0 ? machineResets(world, came) : []),
    ...move('power cut', ran(dark, fresh), false),
    // The journal's worker died: the session begins anew, the line knows nothing of it.
    ...(process.commit === null ? [] : move('journal failed', ran(world, fresh), false)),
  ]
}

function machineResets(world: VendingWorld, given: readonly number[]): Moves {
  const reset = told({ ...world, asking: null, giving: null }, 'c,STATUS,INACTIVE', 'c,STATUS,IDLE')
  return [
    ...move('machine resets', reset, false),
    ...move('machine resets, goods came', { ...reset, given }, false),
  ]
}
