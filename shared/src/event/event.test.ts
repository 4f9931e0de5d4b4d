/** Numbers on the wire are for ever; which events may never be shed. */
import { expect, test } from 'vitest'
import type { EventKind } from './event.ts'
import { EVENT_KINDS, isMoneyEvent, SALE_RESULTS, TENDERS } from './event.ts'

test('kinds keep their numbers', () => {
  const names = (Object.keys(EVENT_KINDS) as EventKind[]).sort(
    (a, b) => EVENT_KINDS[a] - EVENT_KINDS[b],
  )
  expect(names.join(' ')).toBe(
    'genesis agent.started agent.stopped port.up port.down sale.requested payment.seen ' +
      'sale.approved sale.refused sale.result session.started session.ended meter.read ' +
      'position.fix door.opened door.closed ignition.on ignition.off custom test gap redaction ' +
      'place.left place.entered moved tamper.on tamper.off meter.epoch audit.read audit.failed ' +
      'voucher.replayed',
  )
  expect(names.map(name => EVENT_KINDS[name])).toEqual(
    Array.from({ length: 32 }, (_, number) => number).filter(number => number !== 22),
  )
  expect(SALE_RESULTS).toEqual({ success: 0, failed: 1, presumed: 2 })
  expect(TENDERS).toEqual({ cash: 0, reader: 1 })
})

test('telemetry may be shed, money may not', () => {
  const kinds = Object.keys(EVENT_KINDS) as EventKind[]
  const telemetry =
    'agent.started agent.stopped port.up port.down position.fix door.opened ' +
    'door.closed ignition.on ignition.off custom test place.left place.entered moved ' +
    'tamper.on tamper.off audit.failed voucher.replayed'
  expect(kinds.filter(kind => !isMoneyEvent(kind)).join(' ')).toBe(telemetry)
})
