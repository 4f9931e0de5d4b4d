/**
 * Modbus buses by address: ports whose boxes hang on the same wire share its one queue, and with it
 * the fact that it is down.
 */

import type { Clock } from '../clock.ts'
import { type ModbusBus, openModbusBus } from '../ports/modbus-bus.ts'
import type { BusTransport } from '../ports/modbus-connection.ts'
import type { PortLog, PortState } from '../ports/port.ts'
import type { LineSettings } from '../profile/machine.ts'

export type BusMember = {
  name: string
  line: LineSettings
  onState(state: PortState, detail: string): void
}
/** The status goes by the member's own name; the bus ends with its last member. */
export type BusPool = { join(member: BusMember): ModbusBus }

type Shared = { bus: ModbusBus; members: Set<BusMember> }

export function busPool({ clock, log }: { clock: Clock; log: PortLog }): BusPool {
  const shared = new Map<string, Shared>()

  function open(member: BusMember, key: string): Shared {
    const members = new Set([member])
    const bus = openModbusBus({
      name: member.name,
      transport: transportOf(member.line),
      clock,
      log,
      onState(state, detail) {
        for (const each of members) each.onState(state, detail)
      },
    })
    shared.set(key, { bus, members })
    return { bus, members }
  }

  return {
    join(member) {
      const key = JSON.stringify(transportOf(member.line))
      const { bus, members } = shared.get(key) ?? open(member, key)
      members.add(member)
      return {
        ...bus,
        status: () => ({ ...bus.status(), name: member.name }),
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

function transportOf(line: LineSettings): BusTransport {
  if (line.kind === 'tcp') return { kind: 'tcp', host: line.host, port: line.port }
  return { kind: 'rtu', path: line.path, baudRate: line.baud }
}
