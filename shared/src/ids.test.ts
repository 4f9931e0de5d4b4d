/** Every name has one spelling, and is refused in every other. */
import { describe, expect, test } from 'vitest'
import {
  cloudLogOrigin,
  deviceOrigin,
  isCloudName,
  parseDeviceId,
  parseDeviceOrigin,
  parseOrgId,
  parseSaleId,
  receiptKeyName,
  saleIdOf,
  voucherKeyName,
} from './ids.ts'

const device = 'd0123456789ab'

test('device ids', () => {
  expect(parseDeviceId(device)).toBe(device)
  for (const bad of [
    '',
    'd0123456789a',
    'd0123456789abc',
    'x0123456789ab',
    'd0123456789aB',
    `${device}\n`,
  ]) {
    expect(parseDeviceId(bad)).toBeUndefined()
  }
})

test('organisation ids are UUIDs in lower case', () => {
  const id = '11111111-1111-4111-8111-11111111111a'
  expect(parseOrgId(id)).toBe(id)
  expect(parseOrgId(id.toUpperCase())).toBeUndefined()
  expect(parseOrgId(id.replaceAll('-', ''))).toBeUndefined()
})

describe('sale ids', () => {
  test('are device, epoch and index', () => {
    expect(saleIdOf(device, 2, 4711)).toBe('d0123456789ab.2.4711')
    expect(parseSaleId('d0123456789ab.2.4711')).toEqual({ device, epoch: 2, index: 4711 })
    expect(parseSaleId('d0123456789ab.1.0')).toEqual({ device, epoch: 1, index: 0 })
  })

  test.each(['.0.1', '.01.1', '.1.01', '.1.-1', '.1.1.1', '.1', '.1.1e3', '.1.9999999999999999'])(
    '%s is none',
    rest => {
      expect(parseSaleId(`${device}${rest}`)).toBeUndefined()
    },
  )
})

describe('origins', () => {
  test('of a device carry cloud, device and epoch', () => {
    const origin = deviceOrigin('demo.tillproof.local', device, 3)
    expect(origin).toBe('demo.tillproof.local/d/d0123456789ab/3')
    expect(parseDeviceOrigin(origin)).toEqual({
      cloudName: 'demo.tillproof.local',
      device,
      epoch: 3,
    })
  })

  test.each([
    'demo/d/d0123456789ab/0',
    'demo/d/d0123456789ab/01',
    'demo/d/d0123456789ab/1/',
    'demo/x/d0123456789ab/1',
    '.demo/d/d0123456789ab/1',
    '/d/d0123456789ab/1',
    'a/b/d/d0123456789ab/1',
    'demo/d/d0123456789/1',
  ])('%s is none', origin => {
    expect(parseDeviceOrigin(origin)).toBeUndefined()
  })

  test('of the cloud and its keys hang on its name', () => {
    expect(cloudLogOrigin('demo')).toBe('demo/log')
    expect(receiptKeyName('demo')).toBe('demo/receipts')
    expect(voucherKeyName('demo')).toBe('demo/vouchers')
  })

  test('cloud names look like host names', () => {
    expect(isCloudName('demo.tillproof.local')).toBe(true)
    for (const bad of ['', 'a b', 'Demo', 'a/b', 'a+b', '-a', 'a.', 'x'.repeat(101)]) {
      expect(isCloudName(bad)).toBe(false)
    }
  })
})
