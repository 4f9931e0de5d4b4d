/** Register maps: the shipped profiles, word orders, scales, widths, and files that are refused. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  counterDelta,
  decodeRegister,
  decodeSnapshot,
  encodeRegister,
  readBlocks,
} from './decode.ts'
import { parseProfile, type RegisterPoint } from './profile.ts'

function shipped(name: string) {
  const path = fileURLToPath(new URL(`./profiles/${name}.yaml`, import.meta.url))
  return parseProfile(readFileSync(path, 'utf8'))
}

function point(fields: Partial<RegisterPoint>): RegisterPoint {
  return {
    table: 'input',
    address: 0,
    type: 'uint16',
    wordOrder: 'ABCD',
    scale: 1,
    unit: '',
    writable: false,
    ...fields,
  }
}

describe('one register', () => {
  test.each([
    [{ type: 'uint16' }, [0xffff], 65535n],
    [{ type: 'int16' }, [0xffff], -1n],
    [{ type: 'uint32' }, [0x0001, 0x0002], 65538n],
    [{ type: 'uint32', wordOrder: 'CDAB' }, [0x0002, 0x0001], 65538n],
    [{ type: 'int32' }, [0xffff, 0xfffe], -2n],
    [{ type: 'uint64' }, [0, 1, 0, 0], 4294967296n],
  ] as const)('%j %j', (fields, words, raw) => {
    expect(decodeRegister(point(fields), words).raw).toBe(raw)
    expect(encodeRegister(point(fields), raw)).toEqual(words)
  })

  test('the scale is for people, raw stays', () => {
    expect(decodeRegister(point({ scale: 0.01, unit: 'V' }), [1250])).toEqual({
      raw: 1250n,
      value: 12.5,
      unit: 'V',
    })
  })
})

test('counters wrap at their own width', () => {
  expect(counterDelta(10n, 12n, 16)).toBe(2n)
  expect(counterDelta(65535n, 1n, 16)).toBe(2n)
  expect(counterDelta(4294967295n, 0n, 32)).toBe(1n)
})

describe('shipped profiles', () => {
  test('massage chair timer box: one request a table, both word orders', () => {
    const profile = shipped('massage-chair-timer')
    const blocks = readBlocks(profile)
    expect(blocks).toEqual([
      { table: 'holding', address: 0, count: 2 },
      { table: 'input', address: 0, count: 14 },
    ])
    const inputs = [1, 540, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 130, 1]
    const answers = blocks.map(block => ({
      block,
      words: block.table === 'input' ? inputs : [15, 0],
    }))
    const { registers } = decodeSnapshot(profile, answers)
    expect(registers).toMatchObject({
      secondsRemaining: { raw: 540n },
      runs: { raw: 7n },
      minutes: { raw: 65666n },
      minutesToRun: { raw: 15n },
    })
  })

  test('shared car: bits and registers; what was not answered is absent', () => {
    const profile = shipped('shared-car-body')
    const blocks = readBlocks(profile)
    expect(blocks).toEqual([
      { table: 'coil', address: 0, count: 1 },
      { table: 'discrete', address: 0, count: 2 },
      { table: 'input', address: 0, count: 3 },
    ])
    const answered = blocks.slice(1).map(block => ({
      block,
      words: block.table === 'input' ? [1, 0, 1260] : [0, 1],
    }))
    expect(decodeSnapshot(profile, answered)).toEqual({
      bits: { doorOpen: false, ignition: true },
      registers: {
        odometer: { raw: 65536n, value: 65536, unit: 'm' },
        batteryVoltage: { raw: 1260n, value: 12.6, unit: 'V' },
      },
    })
  })
})

describe('profile files', () => {
  const good = 'profile: p\nversion: 1\ndescribes: d\nregisters:\n'

  test.each([
    ['not YAML', '{'],
    ['an unknown key', `${good}  a: { table: input, address: 0, type: uint16, unit: V, x: 1 }`],
    ['an unknown type', `${good}  a: { table: input, address: 0, type: float, unit: V }`],
    [
      'a writable input',
      `${good}  a: { table: input, address: 0, type: int16, unit: V, writable: true }`,
    ],
    ['no version', good.replace('version: 1\n', '').replace('registers:', 'registers: {}')],
  ])('refused: %s', (_name, text) => {
    expect(() => parseProfile(text)).toThrowError(/Modbus profile/)
  })
})

test('every value of a width survives the way there and back', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 0xffff_ffffn }),
      fc.constantFrom('ABCD', 'CDAB'),
      (raw, wordOrder) => {
        const wide = point({ type: 'uint32', wordOrder })
        expect(decodeRegister(wide, encodeRegister(wide, raw)).raw).toBe(raw)
      },
    ),
  )
})
