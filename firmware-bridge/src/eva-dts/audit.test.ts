/** Audits of real machines read whole, by the numbers that stand in them. */
import { describe, expect, test } from 'vitest'
import { ascii, readSample } from '../testing/samples.ts'
import { type Audit, readAudit } from './audit.ts'
import { profileNamed } from './profile.ts'

function audit(text: string, profile?: string): Audit {
  const read = readAudit(ascii(text), profile === undefined ? undefined : profileNamed(profile))
  if ('refused' in read) expect.fail(read.refused)
  return read
}

const results = ({ identities }: Audit) =>
  Object.fromEntries(identities.map(({ name, result }) => [name, result]))

describe('a coffee machine with coins and a cashless reader', () => {
  const text = readSample('evadts/rhevendors.eva_dts')
  test.skipIf(text === undefined)('integrity: the checksum is right, the count is not', () => {
    expect(audit(text ?? '').integrity).toEqual({
      g85: 'ok',
      se: 'bad',
      g85Declared: 'F4D0',
      g85Computed: 'F4D0',
      seDeclared: 349,
      seCounted: 369,
    })
  })

  test.skipIf(text === undefined)('identities: all money adds up, the vends lack thirteen', () => {
    const read = audit(text ?? '')
    expect(results(read)).toMatchObject({
      'vends-value': 'holds',
      'vends-count': 'off by 13',
      'vends-value-interval': 'holds',
      'vends-count-interval': 'holds',
      'products-value': 'holds',
      'payments-value': 'holds',
      'cash-value': 'holds',
      'cashless-value': 'holds',
      'cash-in': 'holds',
      tubes: 'holds',
    })
    expect(read.warnings).toEqual(['vends-count is off by what DB204 holds while DB202 is zero'])
  })

  test.skipIf(text === undefined)('products, readers, events', () => {
    const { products, moneyDevices, events, machine, money } = audit(text ?? '')
    expect(products.length).toBe(18)
    expect(products[4]).toMatchObject({
      number: '5',
      name: 'LATTE MACCHIATO BOHNE',
      price: 80n,
      sold: { count: 1859n, value: 148_400n, intervalCount: 1858n, intervalValue: 148_400n },
    })
    expect(products[4]?.byPayment[2]).toEqual({
      device: 'DA',
      priceList: '1',
      price: 80n,
      count: 951n,
      value: 76_080n,
      intervalCount: 951n,
      intervalValue: 76_080n,
    })
    expect(moneyDevices.devices.map(({ kind, serial }) => [kind, serial])).toEqual([
      ['coins', '00511000-004'],
      ['cashless reader 1', '3491EE8F54BE'],
    ])
    expect(moneyDevices.tubes).toHaveLength(4)
    expect(events[0]).toMatchObject({ kind: 'event', code: 'OCM mdb', at: '2023-10-22T12:53' })
    expect(events.find(({ kind }) => kind === 'initialised')?.at).toBe('1998-08-29T13:10')
    expect(machine).toMatchObject({ model: 'LUCEX2Zero', at: '2023-11-27T10:11' })
    expect(money).toEqual({ decimals: 2, currency: null })
  })
})

describe('a coffee machine of another maker, cut off in the middle', () => {
  const text = readSample('evadts/animo2.eva_dts')
  test.skipIf(text === undefined)('is read, and says what it lacks', () => {
    const read = audit(text ?? '')
    expect(read.integrity).toMatchObject({ g85: 'absent', se: 'absent' })
    expect(results(read)).toMatchObject({
      'vends-value': 'not present',
      'products-count': 'off by 72',
      'products-value-interval': 'off by 540',
    })
    expect(read.warnings[0]).toBe('DXE is absent: the file may be cut off')
    expect(read.products).toHaveLength(27)
  })

  test.skipIf(text === undefined)('its products put the interval first, by its profile', () => {
    const read = audit(text ?? '')
    expect(read.profile.name).toBe('animo')
    expect(read.products[0]?.sold).toEqual({
      count: 98n,
      value: null,
      intervalCount: 98n,
      intervalValue: 640n,
    })
    expect(audit(text ?? '', 'standard').products[0]?.sold.value).toBe(640n)
  })
})

describe('a whole small audit', () => {
  const text = readSample('evadts/synthetic-min.eva')
  test.skipIf(text === undefined)('everything there holds', () => {
    const read = audit(text ?? '')
    expect(read.integrity).toMatchObject({ g85: 'ok', se: 'ok', g85Computed: '7653' })
    const present = Object.values(results(read)).filter(result => result !== 'not present')
    expect(present).toEqual(Array(8).fill('holds'))
    expect(read.meters.get('EA309')).toBe(17n)
    expect(read.money).toEqual({ decimals: 2, currency: 'EUR' })
    expect(read.warnings).toEqual([])
  })
})

describe('model profiles', () => {
  // Counts and sums of an audit whose lifetime and interval differ, from a machine in use since
  // 2010: third fields add up to VA102, first times price is the second.
  const moved = [
    'DXS*ANI1234567*VA*V0/6*1',
    'ST*001*0001',
    'VA1*300*25*300*25',
    'PA1*1*100*COFFEE***0',
    'PA2*2*200*20',
    'PA1*2*100*TEA***0',
    'PA2*1*100*5',
    'DXE*1*1',
  ].join('\r\n')

  test('the maker chooses the profile', () => {
    expect(results(audit(moved))).toMatchObject({
      'products-count': 'holds',
      'products-value': 'not present',
      'products-value-interval': 'holds',
    })
  })

  test('without it the same file contradicts itself', () => {
    expect(results(audit(moved, 'standard'))).toMatchObject({ 'products-count': 'off by 22' })
  })

  test('values before counts, when a person says so', () => {
    const swapped = 'ST*001*1\nVA1*250*2*250*2\nPA1*1*125\nPA2*250*2*250*2'
    expect(results(audit(swapped))['products-value']).toBe('off by 248')
    expect(results(audit(swapped, 'product-value-first'))).toMatchObject({
      'products-value': 'holds',
      'products-count': 'holds',
    })
  })
})
