/**
 * Modbus buses by address: ports whose boxes hang on the same wire share its one queue. Each port
 * has a state of its own, for a box may be dead on a wire that is alive.
 */
import type { Clock } from '../clock.ts'
import type { BusAnswer } from '../ports/bus-answer.ts'
import { type ModbusBus, openModbusBus } from '../ports/modbus-bus.ts'
import type { BusTransport } from '../ports/modbus-connection.ts'
import type { PortLog, PortState, PortStatus } from '../ports/port.ts'
import type { LineSettings } from '../profile/machine.ts'

export type BusMember = {
  name: string
  line: LineSettings
  onState(state: PortState, detail: string): void
}
/** The status goes by the member's own name and answers; the bus ends with its last member. */
export type BusPool = { join(member: BusMember): ModbusBus }

type Member = BusMember & { seat: Seat }
type Shared = { bus: ModbusBus; members: Set<Member> }

/** Questions in a row that a box leaves unanswered before its port counts as down. */
const MAX_UNANSWERED = 3

export function busPool({ clock, log }: { clock: Clock; log: PortLog }): BusPool {
  const shared = new Map<string, Shared>()

  function open(first: Member, key: string): Shared {
    const members = new Set([first])
    const bus = openModbusBus({
      name: first.name,
      transport: transportOf(first.line),
      clock,
      log,
      onState(state, detail) {
        // Up is each box for itself, by its own answer.
        if (state !== 'up') for (const { seat } of members) seat.set(state, detail)
      },
    })
    shared.set(key, { bus, members })
    return { bus, members }
  }

  return {
    join(joining) {
      const key = JSON.stringify(transportOf(joining.line))
      const member = { ...joining, seat: takeSeat(joining, clock) }
      const { bus, members } = shared.get(key) ?? open(member, key)
      members.add(member)
      const { note, own } = member.seat
      return {
        read: (unitId, block) => bus.read(unitId, block).then(note),
        writeRegisters: (unitId, at, words) => bus.writeRegisters(unitId, at, words).then(note),
        writeCoil: (unitId, address, on) => bus.writeCoil(unitId, address, on).then(note),
        status: () => ({ ...bus.status(), name: member.name, ...own() }),
        async stop() {
          members.delete(member)
          if (members.size > 0) return
          shared.delete(key)
          await bus.stop()
        },
      }
    },
  }
}

type Seat = {
  set(state: PortState, detail: string): void
  /** Counts an answer; gives it back as it is. */
  note<T>(answer: BusAnswer<T>): BusAnswer<T>
  own(): Pick<PortStatus, 'state' | 'detail' | 'lastGoodFrameAtMs'>
}

function takeSeat(member: BusMember, clock: Clock): Seat {
  let state: PortState = 'opening'
  let detail = ''
  let lastGoodFrameAtMs: number | null = null
  let unanswered = 0

  function set(next: PortState, why: string): void {
    const changed = next !== state || why !== detail
    state = next
    detail = why
    if (changed) member.onState(state, detail)
  }

  return {
    set,
    note(answer) {
      if (answer.ok || answer.refused === 'exception') {
        unanswered = 0
        lastGoodFrameAtMs = clock.nowMs()
        set('up', '')
      } else if (answer.refused !== 'bus-down' && ++unanswered >= MAX_UNANSWERED) {
        set('down', answer.detail)
      }
      return answer
    },
    own: () => ({ state, detail, lastGoodFrameAtMs }),
  }
}

function transportOf(line: LineSettings): BusTransport {
  if (line.kind === 'tcp') return { kind: 'tcp', host: line.host, port: line.port }
  return { kind: 'rtu', path: line.path, baudRate: line.baud }
}
