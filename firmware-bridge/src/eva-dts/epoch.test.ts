/** Meters that must not fall, and the one that may when somebody collected. */
import { expect, test } from 'vitest'
import { ascii } from '../testing/samples.ts'
import { type Audit, readAudit } from './audit.ts'
import { compareAudits } from './epoch.ts'

function audit(...lines: string[]): Audit {
  const read = readAudit(ascii(['ID1*SN1*MODEL', ...lines].join('\n')))
  if ('refused' in read) expect.fail(read.refused)
  return read
}

test('later is higher', () => {
  const before = audit('VA1*100*1', 'CA2*50*1', 'EA3*4', 'EA7*2*9', 'EA4*20200101*0800')
  const after = audit('VA1*300*3', 'CA2*50*1', 'EA3*4', 'EA7*3*10', 'EA4*20200101*0800')
  expect(compareAudits(before, after)).toEqual([])
})

test('a fall of a lifetime meter is told with both readings', () => {
  const alerts = compareAudits(audit('VA1*300*3', 'CA2*60*1'), audit('VA1*20*1', 'CA2*60*1'))
  expect(alerts).toEqual([{ kind: 'fell', element: 'VA101', from: 300n, to: 20n }])
})

test('interval meters fall by a collection, and only by one', () => {
  const before = audit('EA3*4', 'EA7*5*9')
  expect(compareAudits(before, audit('EA3*5', 'EA7*0*9'))).toEqual([])
  expect(compareAudits(before, audit('EA3*4', 'EA7*0*9'))).toEqual([
    { kind: 'fell', element: 'EA701', from: 5n, to: 0n },
  ])
})

test('initialised anew', () => {
  const alerts = compareAudits(audit('EA4*20200101*0800'), audit('EA4*20240203*0915'))
  expect(alerts).toEqual([
    { kind: 'initialised', from: '2020-01-01T08:00', to: '2024-02-03T09:15' },
  ])
})

test('a meter that one of the audits lacks says nothing', () => {
  expect(compareAudits(audit('VA1*300*3'), audit('VA2*0*0'))).toEqual([])
})

test('another machine is not compared', () => {
  const other = readAudit(ascii('ID1*SN2*MODEL\nVA1*1*1'))
  if ('refused' in other) expect.fail(other.refused)
  expect(compareAudits(audit('VA1*300*3'), other)).toEqual([
    { kind: 'other-machine', from: 'SN1', to: 'SN2' },
  ])
})
