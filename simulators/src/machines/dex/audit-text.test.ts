/** Whatever a machine writes about its meters is read back, and every sum of it holds. */
import { readAudit } from '@tillproof/firmware-bridge/eva-dts/audit.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auditText, type MachineMeters } from './audit-text.ts'

const product = fc.record({
  name: fc.stringMatching(/^[A-Z][A-Z ]{0,18}[A-Z]$/),
  price: fc.integer({ min: 1, max: 9999 }),
  sold: fc.integer({ min: 0, max: 9999 }),
})
const machine = fc.record({
  serial: fc.stringMatching(/^[A-Z0-9]{1,12}$/),
  products: fc.array(product, { minLength: 1, maxLength: 40 }),
  cashShare: fc.integer({ min: 0, max: 100 }),
  collections: fc.integer({ min: 0, max: 999 }),
  powerCuts: fc.integer({ min: 0, max: 9999 }),
})

test('audits are read as they were written', () => {
  fc.assert(
    fc.property(machine, ({ serial, products, cashShare, collections, powerCuts }) => {
      const value = products.reduce((sum, { price, sold }) => sum + price * sold, 0)
      const vends = products.reduce((sum, { sold }) => sum + sold, 0)
      const meters: MachineMeters = {
        serial,
        date: '20261121',
        time: '101500',
        initialised: { date: '20250102', time: '080000' },
        products: products.map((it, i) => ({ ...it, number: String(i + 1) })),
        cashVends: Math.floor((vends * cashShare) / 100),
        cashValue: Math.floor((value * cashShare) / 100),
        collections,
        powerCuts,
      }
      const audit = readAudit(auditText(meters))
      if ('refused' in audit) return expect.fail(audit.refused)
      expect(audit.integrity).toMatchObject({ g85: 'ok', se: 'ok' })
      expect(audit.identities.filter(({ result }) => result.startsWith('off'))).toEqual([])
      expect(audit.warnings).toEqual([])
      expect(audit.machine.serial).toBe(serial)
      expect(audit.meters.get('VA101')).toBe(BigInt(value))
      expect(audit.meters.get('CA202')).toBe(BigInt(meters.cashVends))
      expect(audit.meters.get('EA301')).toBe(BigInt(collections))
      expect(
        audit.products.map(({ name, price, sold }) => ({ name, price, sold: sold.count })),
      ).toEqual(
        products.map(it => ({ name: it.name, price: BigInt(it.price), sold: BigInt(it.sold) })),
      )
    }),
  )
})
