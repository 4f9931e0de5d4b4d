/** Register maps: the shipped profiles, word orders, scales, widths, and files that are refused. */
import { readdirSync, readFileSync } from 'node:fs'
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
import { parseProfile, type RegisterPoint, WORDS } from './profile.ts'

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
    [{ type: 'uint32', wordOrder: 'BADC' }, [0x3412, 0x7856], 0x12345678n],
    [{ type: 'uint32', wordOrder: 'DCBA' }, [0x7856, 0x3412], 0x12345678n],
    [{ type: 'uint16', wordOrder: 'BADC' }, [0x3412], 0x1234n],
    [{ type: 'uint64' }, [0, 1, 0, 0], 4294967296n],
    [{ type: 'uint64', wordOrder: 'CDAB' }, [0, 0, 1, 0], 4294967296n],
    [{ type: 'int64' }, [0xffff, 0xffff, 0xffff, 0xfffe], -2n],
  ] as const)('%j %j', (fields, words, raw) => {
    expect(decodeRegister(point(fields), words).raw).toBe(raw)
    expect(encodeRegister(point(fields), raw)).toEqual(words)
  })

  test('a float keeps its bytes as raw', () => {
    // IEEE 754: 435B2CCD is 219.175.
    const read = decodeRegister(point({ type: 'float32', unit: 'V' }), [0x435b, 0x2ccd])
    expect(read.raw).toBe(0x435b2ccdn)
    expect(read.value).toBeCloseTo(219.175, 4)
    const swapped = point({ type: 'float32', wordOrder: 'CDAB' })
    expect(decodeRegister(swapped, [0x2ccd, 0x435b]).raw).toBe(0x435b2ccdn)
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
  const folder = fileURLToPath(new URL('./profiles/', import.meta.url))
  test.each(readdirSync(folder))('%s is whole, and can be read in a few requests', file => {
    const profile = parseProfile(readFileSync(`${folder}${file}`, 'utf8'))
    expect(`${profile.profile}.yaml`).toBe(file)
    expect(readBlocks(profile).length).toBeLessThanOrEqual(4)
  })

  test('the electricity meters of two makers', () => {
    const sdm = decodeSnapshot(shipped('energy-meter-sdm'), [
      { block: { table: 'input', address: 0x48, count: 4 }, words: [0x461c, 0x4000, 0, 0] },
    ])
    expect(sdm.registers.imported).toEqual({ raw: 0x461c4000n, value: 10_000, unit: 'kWh' })
    const abb = decodeSnapshot(shipped('energy-meter-abb-b23'), [
      { block: { table: 'holding', address: 0x5000, count: 4 }, words: [0, 0, 1, 0x86a0] },
    ])
    expect(abb.registers.energy).toEqual({ raw: 100_000n, value: 1000, unit: 'kWh' })
  })

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
    [
      'a key too many',
      '  a: { table: input, address: 0, type: uint16, unit: V, x: 1 }',
      'registers.a.x: is not known here',
    ],
    [
      'a type',
      '  a: { table: input, address: 0, type: float, unit: V }',
      'registers.a.type: must be one of uint16, int16, uint32, int32, float32, uint64, int64',
    ],
    [
      'a writable input',
      '  a: { table: input, address: 0, type: int16, unit: V, writable: true }',
      'registers.a: an input register cannot be writable',
    ],
    [
      'a counter too wide',
      '  a: { table: input, address: 0, type: uint16, unit: V, counterBits: 32 }',
      'registers.a.counterBits: wider than its registers',
    ],
    [
      'a counter with a sign',
      '  a: { table: input, address: 0, type: int32, unit: V, counterBits: 32 }',
      'registers.a.counterBits: only an unsigned value counts',
    ],
    [
      'the last register',
      '  a: { table: input, address: 65535, type: uint32, unit: V }',
      'registers.a.address: reaches beyond the last register',
    ],
  ])('refused with its line: %s', (_name, line, text) => {
    expect(faultsOf(`${good}${line}`)).toEqual([`line 5: ${text}`])
  })

  test('all faults at once, each with its line', () => {
    const text = [
      'profile: P',
      'describes: d',
      'registers:',
      '  a:',
      '    table: inputs',
      '    address: -1',
      '    type: uint16',
      '    unit: V',
      'bits:',
      '  b: { table: coil }',
      'colour: red',
    ].join('\n')
    expect(faultsOf(text)).toEqual([
      'line 1: profile: must be of the form /^[a-z][a-z0-9-]{0,59}$/',
      'line 1: version: is missing',
      'line 5: registers.a.table: must be one of holding, input',
      'line 6: registers.a.address: must be at least 0',
      'line 10: bits.b.address: is missing',
      'line 11: colour: is not known here',
    ])
  })

  test('what is no YAML', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (const [name, of] of ['ba', 'cb', 'dc'])
      bomb.push(`${name}: &${name} [${`*${of}, `.repeat(10)}]`)
    expect(faultsOf(bomb.join('\n'))[0]).toMatch(/^line 1: not YAML: /)
    expect(faultsOf('profile: p\nregisters: {')[0]).toMatch(/^line 2: not YAML: /)
    expect(faultsOf('a: 1\na: 2')[0]).toMatch(/^line 2: not YAML: /)
    expect(faultsOf('')).toEqual(['line 1: must be a map of keys and values'])
  })

  function faultsOf(text: string): string[] {
    try {
      parseProfile(text)
    } catch (error) {
      expect(error).toMatchObject({ code: 'modbus.profile-invalid', next: expect.any(String) })
      return String(error)
        .split('\n')
        .slice(1)
        .map(line => line.trim())
    }
    return []
  }
})

test('every value of a width survives the way there and back', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom('ABCD', 'CDAB', 'BADC', 'DCBA'),
      fc.constantFrom('uint16', 'uint32', 'float32', 'uint64'),
      (value, wordOrder, type) => {
        const wide = point({ type, wordOrder })
        const raw = BigInt.asUintN(WORDS[type] * 16, value)
        expect(decodeRegister(wide, encodeRegister(wide, raw)).raw).toBe(raw)
      },
    ),
  )
})
