/** What the tick list says of each state of an agent. */
import { describe, expect, test } from 'vitest'
import { statusPage } from '../local/status-page.ts'
import { skewTick } from './probes.ts'
import type { AgentStatus } from './status.ts'
import { duration, ticksOf } from './ticks.ts'

const NOW = 1_800_000_000_000
const well: AgentStatus = {
  v: 1,
  agentVersion: '0.1.0',
  deviceId: 'd0123456789ab',
  origin: 'test.tillproof.local/d/d0123456789ab/1',
  machine: 'vending-mdb-reader',
  server: 'http://127.0.0.1:9',
  startedAtMs: NOW - 3_600_000,
  nowMs: NOW,
  journal: { size: 12, sealedSize: 12, receiptedSize: 12, backlog: 0, released: 0, death: null },
  uplink: {
    connection: { state: 'connected', sinceMs: NOW - 60_000, lastError: null },
    receiptedSize: 12,
    lastReceiptAtMs: NOW - 1000,
    refusal: null,
    badReceipts: 0,
    contradiction: null,
    promise: { shownSize: 10, owedSinceMs: NOW - 60_000, isBroken: false },
  },
  ports: [
    {
      name: 'mdb',
      path: '/dev/mdb',
      state: 'up',
      lastGoodFrameAtMs: NOW - 900,
      reopenCount: 0,
      detail: '',
    },
  ],
  noSale: null,
  position: null,
  nodeRed: null,
  disk: { freeBytes: 4_000_000_000 },
}
const uplink = (more: Partial<AgentStatus['uplink']>) => ({ uplink: { ...well.uplink, ...more } })
const port = (more: Partial<AgentStatus['ports'][number]>) => ({
  ports: well.ports.map(p => ({ ...p, ...more })),
})

describe('the tick list', () => {
  test('a gateway that is well has ticks only', () => {
    expect(ticksOf(well).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'connection ok',
      'history ok',
      'backlog ok',
      'cloud log ok',
      'disk ok',
      'sales ok',
      'port mdb ok',
    ])
  })

  const waiting = { state: 'waiting', sinceMs: NOW - 90_000, lastError: 'refused' } as const
  const cases: [string, Partial<AgentStatus>, string, string][] = [
    ['no connection', uplink({ connection: waiting }), 'connection warning', 'waiting for 2 min'],
    [
      'a log that has ended',
      {
        journal: { ...well.journal, death: { reason: 'ahead-of-journal', knownSize: 20, atMs: 1 } },
      },
      'history failed',
      'an older copy (ahead-of-journal, 20 events); nothing is signed',
    ],
    [
      'a refusal',
      uplink({ refusal: { code: 'quarantined', detail: 'fork seen', atMs: NOW } }),
      'history failed',
      'quarantined (fork seen)',
    ],
    [
      'a cloud that asks for what is gone',
      uplink({ refusal: { code: 'journal.parts-gone', detail: 'event 3', atMs: NOW } }),
      'history failed',
      'no batch can be made: journal.parts-gone (event 3)',
    ],
    [
      'a backlog that stays',
      { ...uplink({ lastReceiptAtMs: NOW - 7_200_000 }), journal: { ...well.journal, backlog: 5 } },
      'backlog warning',
      'no receipt for 2 h',
    ],
    [
      'a cloud that does not log what it receipted',
      uplink({ promise: { shownSize: 4, owedSinceMs: NOW - 90_000_000, isBroken: true } }),
      'cloud log failed',
      'what it confirmed more than a day ago is not in it',
    ],
    ['a full disk', { disk: { freeBytes: 1_000_000 } }, 'disk failed', '1 MB free'],
    ['a machine out of sale', { noSale: 'disk-full' }, 'sales failed', 'the disk is full'],
    [
      'a receiver without a fix',
      { position: { port: 'gps', lastFixAtMs: null } },
      'position warning',
      'no fix yet',
    ],
    ['a lost line', port({ state: 'down', detail: 'unplugged' }), 'port mdb failed', 'unplugged'],
    ['a silent line', port({ lastGoodFrameAtMs: null }), 'port mdb warning', 'nothing heard yet'],
  ]
  test.each(cases)('%s', (_name, change, tick, detail) => {
    const found = ticksOf({ ...well, ...change }).find(({ state }) => state !== 'ok')
    expect(`${found?.name} ${found?.state}`).toBe(tick)
    expect(found?.detail).toContain(detail)
    expect(found?.next).not.toBe('')
  })
})

test('what comes from outside is escaped on the page, and its policy lets no script run', () => {
  const status = { ...well, ...port({ detail: '<script>alert(1)</script>' }) }
  const { html, policy } = statusPage(status, ticksOf(status))
  expect(html).not.toContain('<script>')
  expect(html).toContain('&#60;script&#62;')
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/)
})

test('a clock that is off is told how far and to which side', () => {
  expect(skewTick(4000)).toMatchObject({ state: 'ok' })
  expect(skewTick(-61_000)).toMatchObject({ state: 'warning', detail: '1 min behind the cloud' })
  expect(skewTick(7_200_000)).toMatchObject({ state: 'failed', detail: '2 h ahead of the cloud' })
})

test('times are told roughly', () => {
  expect([0, 999, 12_000, 420_000, 10_800_000, 777_600_000].map(duration)).toEqual([
    '0 ms',
    '999 ms',
    '12 s',
    '7 min',
    '3 h',
    '9 days',
  ])
})
