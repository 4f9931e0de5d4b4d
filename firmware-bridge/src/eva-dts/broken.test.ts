/** Audits that were cut, copied, forged or never were any: read as far as they go, never thrown. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii } from '../testing/samples.ts'
import { type Audit, readAudit } from './audit.ts'
import { auditToJson } from './json.ts'
import { printAudit } from './print.ts'
import { MAX_AUDIT_BYTES } from './segment.ts'

function audit(text: string): Audit {
  const read = readAudit(ascii(text))
  if ('refused' in read) expect.fail(read.refused)
  return read
}

// CRC-16/ARC over "ST*001*0001\r\nVA1*350*3*350*3\r\n", by an independent calculator.
const WHOLE = [
  'DXS*XYZ0000001*VA*V0/6*1',
  'ST*001*0001',
  'VA1*350*3*350*3',
  'G85*CA0F',
  'SE*4*0001',
  'DXE*1*1',
]

describe('integrity', () => {
  test.each([
    ['CRLF', '\r\n'],
    ['LF', '\n'],
    ['CR', '\r'],
    ['blank lines between', '\r\n\r\n'],
  ])('line ends as %s do not matter', (_name, end) => {
    const { integrity } = audit(WHOLE.join(end))
    expect(integrity).toMatchObject({ g85: 'ok', se: 'ok' })
  })

  test('one changed digit', () => {
    const { integrity } = audit(WHOLE.join('\r\n').replace('350*3*350', '351*3*350'))
    expect(integrity).toMatchObject({ g85: 'bad', g85Declared: 'CA0F', se: 'ok' })
    expect(integrity.g85Computed).not.toBe('CA0F')
  })

  test('a lost segment breaks both', () => {
    const { integrity } = audit(WHOLE.filter(line => !line.startsWith('VA1')).join('\r\n'))
    expect(integrity).toMatchObject({ g85: 'bad', se: 'bad', seDeclared: 4, seCounted: 3 })
  })

  test('lower case is the same checksum; exchanged bytes are not, and are named', () => {
    expect(audit(WHOLE.join('\n').replace('CA0F', 'ca0f')).integrity.g85).toBe('ok')
    const swapped = audit(WHOLE.join('\n').replace('CA0F', '0FCA'))
    expect(swapped.integrity.g85).toBe('bad')
    expect(swapped.warnings).toContain('G85 is right with its two bytes exchanged')
  })

  test('cut off: absent, not bad', () => {
    expect(audit(WHOLE.slice(0, 3).join('\n')).integrity).toMatchObject({
      g85: 'absent',
      se: 'absent',
    })
  })

  test('a checksum without its beginning covers nothing', () => {
    expect(audit(WHOLE.slice(2).join('\n')).integrity).toMatchObject({ g85: 'bad' })
  })

  test('of two transaction sets the worse one counts', () => {
    const good = WHOLE.slice(1, 5)
    const bad = good.map(line => line.replace('350*3*', '350*4*'))
    const { integrity, warnings } = audit([...good, ...bad].join('\r\n'))
    expect(integrity).toMatchObject({ g85: 'bad', se: 'ok' })
    expect(warnings).toContain('line 6: VA1 again; the first one counts')
  })

  test('control numbers of ST and SE differ', () => {
    const { warnings } = audit(WHOLE.join('\n').replace('SE*4*0001', 'SE*4*0002'))
    expect(warnings).toContain('ST and SE carry different control numbers, 0001 and 0002')
  })
})

describe('oddities are warnings', () => {
  test.each([
    ['VA1*many*3', 'line 2: VA101 is no whole number'],
    ['PA2*1*2*3*4', 'line 2: PA2 of no product'],
    ['PA7*9*CA*1*50*1*50*1*50', 'line 2: PA7 of no product'],
    ['XYZ1*5', 'line 2: XYZ1 is unknown to the standard'],
    ['hello world', 'line 2 is no segment'],
    [`MA5*${'x'.repeat(2000)}`, 'line 2 is no segment'],
    [`MA5${'*1'.repeat(100)}`, 'line 2 is no segment'],
  ])('%.20s', (line, warning) => {
    expect(audit(`DXS*XYZ1*VA*V0/6*1\n${line}\nDXE*1*0`).warnings).toContain(warning)
  })

  test('no more than a hundred of them', () => {
    const { warnings } = audit(`DXS*A*VA\n${'noise\n'.repeat(5000)}DXE*1*0`)
    expect(warnings).toHaveLength(101)
    expect(warnings.at(-1)).toBe('and 4900 more')
  })

  test('dates that are none', () => {
    const { events } = audit('EA1*EC*20231399*2561*5\nEA1*EC*231122*2561*5\nEA4*990230*0800')
    expect(events.map(({ at }) => at)).toEqual([null, '2023-11-22', '1999-02-30T08:00'])
  })

  test('meters larger than any machine has are not rounded but refused', () => {
    const { meters } = audit('VA1*999999999999999*1234567890123456*-5')
    expect([...meters]).toEqual([
      ['VA101', 999_999_999_999_999n],
      ['VA103', -5n],
    ])
  })
})

describe('no audit at all', () => {
  test.each([
    ['nothing', '', 'empty'],
    ['blanks', ' \r\n\t\r\n\0', 'empty'],
    ['prose', 'Dear Sir,\nplease find enclosed\n', 'not-an-audit'],
    ['a bare id', 'VA1\n', 'not-an-audit'],
    ['a flood', 'V'.repeat(MAX_AUDIT_BYTES + 1), 'too-large'],
  ])('%s', (_name, text, refused) => {
    expect(readAudit(ascii(text))).toEqual({ refused })
  })
})

test('whatever the bytes: an answer, printable and plain for JSON', () => {
  const field = fc.oneof(fc.integer().map(String), fc.string({ maxLength: 12 }), fc.constant(''))
  const id = fc.constantFrom(
    ...['DXS', 'ST', 'SE', 'G85', 'ID1', 'ID4', 'ID5', 'VA1', 'CA3', 'CA11', 'CA17', 'DA1', 'DB2'],
    ...['PA1', 'PA2', 'PA5', 'PA7', 'EA1', 'EA3', 'EA4', 'EA7', 'XX9', 'va1'],
  )
  const line = fc
    .tuple(id, fc.array(field, { maxLength: 14 }))
    .map(([name, fields]) => [name, ...fields].join('*'))
  const text = fc
    .array(fc.oneof(line, fc.string()), { maxLength: 40 })
    .map(lines => lines.join('\r\n'))
  fc.assert(
    fc.property(fc.oneof(text.map(ascii), fc.uint8Array({ maxLength: 500 })), bytes => {
      const read = readAudit(bytes)
      if ('refused' in read) return
      expect(printAudit(read)).not.toMatch(/[^\n\P{Cc}]/u)
      expect(() => JSON.parse(JSON.stringify(auditToJson(read)))).not.toThrow()
    }),
  )
})
