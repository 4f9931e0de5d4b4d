/** What the watches tell, and what they do not: wandering receivers, bounces, wraps, misreads. */
import { describe, expect, test } from 'vitest'
import { stepWatch, type WatchInput, type WatchRules } from './watch.ts'
import { decodeWatch, encodeWatch } from './watch-state.ts'

const HERE = { latitudeE7: 312_304_000, longitudeE7: 1_214_737_000 }
const ORDER = '018f2f6e-0000-7000-8000-000000000001'
/** So many metres north of here. */
const north = (metres: number) => ({
  ...HERE,
  latitudeE7: HERE.latitudeE7 + Math.round((metres / 110_850) * 1e7),
})
const RULES: WatchRules = {
  contacts: [
    { signal: 'doorOpen', rises: 'door.opened', falls: 'door.closed', port: 'box' },
    { signal: 'lidOpen', rises: 'tamper.on', falls: 'tamper.off', port: 'box' },
  ],
  position: {
    port: 'gps',
    everySeconds: { serving: 5, otherwise: 60 },
    standsWithinMetres: 50,
    votes: { fixes: 3, withinSeconds: 120 },
    edgeMetres: 25,
  },
  places: [{ name: 'site', centre: HERE, radiusMetres: 200 }],
  meters: { vends: { bits: 32, port: 'box' }, cycles: { bits: 16, port: 'box' } },
}

class World {
  readonly told: { kind: string; [field: string]: unknown }[] = []
  nowMs = 1_800_000_000_000
  sale: number | null = null
  state = decodeWatch(undefined, this.nowMs)
  rules = RULES

  feed(input: WatchInput, afterMs = 1000): void {
    this.nowMs += afterMs
    const stepped = stepWatch(this.rules, this.state, input, this)
    this.state = stepped.state
    for (const { kind, fields, sale } of stepped.events) this.told.push({ kind, sale, ...fields })
  }

  look(signals: Record<string, boolean>, meters: Record<string, bigint> = {}, afterMs = 1000) {
    this.feed({ type: 'look', look: { signals, meters } }, afterMs)
  }

  fixes(metresNorth: number, times: number, afterMs = 10_000) {
    for (let i = 0; i < times; i++)
      this.feed({ type: 'fix', position: north(metresNorth) }, afterMs)
  }

  restart() {
    this.state = decodeWatch(encodeWatch(this.state), this.nowMs)
  }

  kinds(...without: string[]) {
    return this.told.map(({ kind }) => kind).filter(kind => !without.includes(kind))
  }
}

describe('positions', () => {
  test('one a minute; at once when a rental begins, then every five seconds, of its sale', () => {
    const world = new World()
    world.fixes(0, 61, 1000)
    expect(world.told.map(({ kind, port }) => [kind, port])).toEqual([
      ['position.fix', 'gps'],
      ['position.fix', 'gps'],
    ])
    world.sale = 7
    world.fixes(0, 6, 1000)
    expect(world.told.slice(2).map(({ sale }) => sale)).toEqual([7, 7])
  })
})

describe('a place', () => {
  test('is left when three fixes say so, and entered again', () => {
    const world = new World()
    world.rules = {
      ...RULES,
      position: { ...RULES.position, standsWithinMetres: undefined } as never,
    }
    world.fixes(0, 3)
    world.fixes(300, 2)
    expect(world.kinds('position.fix')).toEqual([])
    world.fixes(300, 5)
    world.fixes(150, 3)
    expect(world.told.filter(({ kind }) => kind !== 'position.fix')).toEqual([
      {
        kind: 'place.left',
        sale: undefined,
        port: 'gps',
        position: north(300),
        detail: { place: 'site', metres: 100 },
      },
      {
        kind: 'place.entered',
        sale: undefined,
        port: 'gps',
        position: north(150),
        detail: { place: 'site', metres: 0 },
      },
    ])
  })

  test.each([
    ['a fix that comes back at once', [300, 0, 300, 0, 300, 0]],
    ['wandering over the edge', [210, 190, 220, 195, 215, 205, 199]],
  ])('is not left by %s', (_name, metres) => {
    const world = new World()
    world.fixes(0, 3)
    for (const one of metres) world.fixes(one, 1)
    expect(world.kinds('position.fix', 'moved')).toEqual([])
  })

  test('is not left by fixes far apart in time', () => {
    const world = new World()
    world.fixes(0, 3)
    world.fixes(300, 5, 70_000)
    expect(world.kinds('position.fix', 'moved')).toEqual([])
  })

  test('that it is not in at first, it has left', () => {
    const world = new World()
    world.fixes(1000, 3)
    expect(world.kinds('position.fix')).toEqual(['place.left'])
  })

  test('carried off while the power was off is told after it', () => {
    const world = new World()
    world.fixes(0, 3)
    world.restart()
    world.fixes(5000, 3)
    expect(world.kinds('position.fix')).toEqual(['place.left', 'moved'])
  })

  test('with corners instead of a radius', () => {
    const world = new World()
    const corner = (n: number, e: number) => ({
      latitudeE7: HERE.latitudeE7 + n * 10_000,
      longitudeE7: HERE.longitudeE7 + e * 10_000,
    })
    const corners = [corner(-1, -1), corner(-1, 1), corner(1, 1), corner(1, -1)]
    world.rules = { ...RULES, places: [{ name: 'yard', corners }] }
    world.fixes(0, 3)
    world.fixes(400, 3)
    expect(world.told.at(-2)).toMatchObject({ kind: 'place.left', detail: { place: 'yard' } })
  })
})

test('a machine that should stand is told once for each place it is moved to', () => {
  const world = new World()
  world.fixes(0, 3)
  world.fixes(30, 10)
  world.fixes(100, 10)
  world.fixes(0, 3)
  expect(world.told.filter(({ kind }) => kind === 'moved')).toMatchObject([
    { position: north(100), detail: { metres: 100 } },
    { position: north(0), detail: { metres: 100 } },
  ])
})

describe('contacts', () => {
  test('say how long it was so, and what was sold since', () => {
    const world = new World()
    world.look({ doorOpen: false, lidOpen: false })
    world.feed({ type: 'sold' })
    world.feed({ type: 'sold' })
    world.look({ doorOpen: true, lidOpen: false }, {}, 60_000)
    world.look({ doorOpen: false, lidOpen: true }, {}, 30_000)
    expect(world.told).toEqual([
      {
        kind: 'door.opened',
        sale: undefined,
        port: 'box',
        detail: { contact: 'doorOpen', forMs: 62_000, sold: 2 },
      },
      {
        kind: 'door.closed',
        sale: undefined,
        port: 'box',
        detail: { contact: 'doorOpen', forMs: 30_000, sold: 0 },
      },
      {
        kind: 'tamper.on',
        sale: undefined,
        port: 'box',
        detail: { contact: 'lidOpen', forMs: 92_000, sold: 2 },
      },
    ])
  })

  test('the first look ever is how it stands; opened while the power was off has happened', () => {
    const world = new World()
    world.look({ lidOpen: true })
    world.look({ lidOpen: false })
    world.restart()
    world.look({ lidOpen: true })
    world.look({ lidOpen: false })
    expect(world.kinds()).toEqual(['tamper.off', 'tamper.on', 'tamper.off'])
    expect(world.told.map(({ detail }) => (detail as { whileAway?: true }).whileAway)).toEqual([
      undefined,
      true,
      undefined,
    ])
  })

  test('a box that cannot be read changes nothing', () => {
    const world = new World()
    world.look({ doorOpen: true })
    world.look({})
    world.look({ doorOpen: true })
    expect(world.kinds()).toEqual([])
  })

  test('of a rental belong to its sale', () => {
    const world = new World()
    world.sale = 4
    world.look({ doorOpen: false })
    world.look({ doorOpen: true })
    expect(world.told[0]).toMatchObject({ kind: 'door.opened', sale: 4 })
  })
})

describe('a meter that never falls', () => {
  const read = (world: World, ...values: bigint[]) => {
    for (const vends of values) world.look({}, { vends })
  }

  test('and falls begins a new epoch, once the second look shows it', () => {
    const world = new World()
    world.sale = 4
    read(world, 500n, 501n, 3n)
    expect(world.kinds()).toEqual([])
    read(world, 4n, 5n)
    expect(world.told).toEqual([
      {
        kind: 'meter.epoch',
        sale: undefined,
        port: 'box',
        meters: { vends: 4n },
        detail: { cause: 'fell', 'was.vends': 501n, 'bits.vends': 32 },
      },
    ])
  })

  test.each([
    ['a misread look', [500n, 0n, 501n]],
    ['two different misreads', [500n, 3n, 1n, 501n]],
    ['the end of its digits', [4_294_967_290n, 4n]],
  ])('does not by %s', (_name, values) => {
    const world = new World()
    read(world, ...values)
    expect(world.kinds()).toEqual([])
  })

  test('exchanged while the power was off', () => {
    const world = new World()
    read(world, 500n)
    world.restart()
    read(world, 1n, 1n)
    expect(world.kinds()).toEqual(['meter.epoch'])
  })
})

test('a spent voucher shown again: at three times, six, twelve; each order for itself', () => {
  const world = new World()
  const other = ORDER.replace(/1$/, '2')
  for (let i = 0; i < 13; i++) world.feed({ type: 'replayed', orderId: ORDER })
  world.feed({ type: 'replayed', orderId: other })
  expect(world.told).toEqual(
    [3, 6, 12].map(times => {
      return { kind: 'voucher.replayed', sale: undefined, orderId: ORDER, detail: { times } }
    }),
  )
  for (let i = 0; i < 2; i++) world.feed({ type: 'replayed', orderId: ORDER }, 90_000_000)
  expect(world.told).toHaveLength(3)
})
