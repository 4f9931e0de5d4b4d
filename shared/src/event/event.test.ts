/** Numbers on the wire are for ever; which events may never be shed. */
import { expect, test } from 'vitest'
import type { EventKind } from './event.ts'
import { EVENT_KINDS, isMoneyEvent, SALE_RESULTS } from './event.ts'

test('kinds keep their numbers', () => {
  const names = (Object.keys(EVENT_KINDS) as EventKind[]).sort(
    (a, b) => EVENT_KINDS[a] - EVENT_KINDS[b],
  )
  expect(names.join(' ')).toBe(
    'genesis agent.started agent.stopped port.up port.down sale.requested payment.seen ' +
      'sale.approved sale.refused sale.result session.started session.ended meter.read ' +
      'position.fix door.opened door.closed ignition.on ignition.off custom test gap redaction',
  )
  expect(names.map(name => EVENT_KINDS[name])).toEqual(names.map((_, number) => number))
  expect(SALE_RESULTS).toEqual({ success: 0, failed: 1, presumed: 2 })
})

test('telemetry may be shed, money may not', () => {
  const kinds = Object.keys(EVENT_KINDS) as EventKind[]
  const telemetry =
    'agent.started agent.stopped port.up port.down position.fix door.opened ' +
    'door.closed ignition.on ignition.off custom test'
  expect(kinds.filter(kind => !isMoneyEvent(kind)).join(' ')).toBe(telemetry)
})
