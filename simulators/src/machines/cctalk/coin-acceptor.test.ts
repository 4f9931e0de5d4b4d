/**
 * The host's session on a real wire with a coin acceptor and its faults: what is credited and what
 * is said to be lost is together what was inserted.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { stepAcceptor } from '@tillproof/firmware-bridge/cctalk/acceptor.ts'
import {
  ACCEPTOR_OFF,
  type AcceptorConfig,
  type AcceptorEffect,
  type AcceptorInput,
} from '@tillproof/firmware-bridge/cctalk/acceptor-state.ts'
import { CCTALK_SILENCE_MS, cctalkFramer } from '@tillproof/firmware-bridge/cctalk/framer.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from '../bench.ts'
import type { FaultName } from '../faults.ts'
import { openTestLine } from '../testing-line.ts'
import { startCoinAcceptor } from './coin-acceptor.ts'

const dir = mkdtempSync(join(tmpdir(), 'tillproof-cctalk-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const CONFIG: AcceptorConfig = {
  accepts: 'coins',
  address: 2,
  host: 1,
  previousCounter: null,
  exponent: 2,
  values: {},
  pollMs: 100,
}

function openHost(path: string) {
  const framer = cctalkFramer()
  const told: AcceptorEffect[] = []
  const timers = new Map<string, () => void>()
  let state = ACCEPTOR_OFF
  let cancelSilence = () => {}

  function feed(input: AcceptorInput): void {
    const step = stepAcceptor(CONFIG, state, input)
    state = step.state
    step.effects.forEach(perform)
  }
  function perform(effect: AcceptorEffect): void {
    if (effect.type === 'send') void line.write(effect.bytes)
    else if (effect.type === 'stop-timer') timers.get(effect.id)?.()
    else if (effect.type === 'timer') {
      timers.get(effect.id)?.()
      const { id, ms } = effect
      timers.set(
        id,
        systemClock.after(ms, () => feed({ type: 'timer', id })),
      )
    } else told.push(effect)
  }
  function take(frames: ReturnType<typeof framer.push>): void {
    for (const frame of frames) if (frame.kind === 'message') feed({ type: 'heard', frame })
  }
  const line = openTestLine({
    path,
    baudRate: 9600,
    onOpen: () => feed({ type: 'opened' }),
    onChunk(bytes) {
      cancelSilence()
      take(framer.push(bytes))
      cancelSilence = systemClock.after(CCTALK_SILENCE_MS, () => take(framer.flush()))
    },
    onState: now => now === 'down' && feed({ type: 'closed' }),
  })
  feed({ type: 'accept', on: true })
  const credits = () => told.filter(it => it.type === 'credits')
  return {
    told,
    coins: () => credits().flatMap(it => it.taken.map(({ number }) => number)),
    lost: () => credits().reduce((sum, it) => sum + it.lost, 0),
    minor: () =>
      credits().reduce(
        (sum, it) => sum + it.taken.reduce((one, { value }) => one + (value ?? 0n), 0n),
        0n,
      ),
    line,
    stop() {
      for (const cancel of timers.values()) cancel()
      return line.stop()
    },
  }
}

async function insertTwelve(fault: FaultName | null) {
  const acceptor = startCoinAcceptor({ path: join(dir, fault ?? 'none'), fault })
  const host = openHost(acceptor.path)
  await until('accepting', acceptor.isAccepting)
  for (let i = 0; acceptor.taken.length < 12; i++) {
    if (i > 600) throw new RangeError(`only ${acceptor.taken.length} coins were taken`)
    acceptor.insert((i % 6) + 1)
    await sleep(30)
    // A person waits before a machine that does not look at what he put in.
    if (acceptor.taken.length % 4 === 0) await sleep(300)
    if (fault === 'stuck' && host.told.some(it => it.type === 'unreachable')) break
  }
  const told = () => host.coins().length + host.lost()
  for (let i = 0; i < 100 && told() < acceptor.taken.length; i++) await sleep(100)
  // And that nothing is told twice.
  await sleep(fault === null ? 400 : 1200)
  await host.stop()
  acceptor.stop()
  return { acceptor, host }
}

describe.concurrent('an acceptor that', () => {
  test.each([null, 'noise', 'torn-frame', 'late-reply', 'double-report'] as const)(
    'has the fault %s: every coin is credited once',
    async fault => {
      const { acceptor, host } = await insertTwelve(fault)
      expect(host.coins()).toEqual(acceptor.taken)
      expect(host.lost()).toBe(0)
      // Two of each: 0.05, 0.10, 0.20, 0.50, 1 and 2.
      if (acceptor.taken.length === 12) expect(host.minor()).toBe(770n)
    },
    30_000,
  )

  test('is unplugged goes on where it was', async () => {
    const { acceptor, host } = await insertTwelve('unplug')
    expect(host.coins().length + host.lost()).toBe(acceptor.taken.length)
    expect(acceptor.taken).toEqual(expect.arrayContaining(host.coins()))
  }, 30_000)

  test.each(['reset', 'counter-reset'] as const)(
    'begins anew by %s: said, and nothing is credited twice',
    async fault => {
      const { acceptor, host } = await insertTwelve(fault)
      expect(host.told).toContainEqual(
        expect.objectContaining({ type: 'credits', restarted: true }),
      )
      expect(host.coins().length).toBeLessThanOrEqual(acceptor.taken.length)
      expect(host.coins().slice(-4)).toEqual(acceptor.taken.slice(-4))
    },
    30_000,
  )

  test('falls silent is said to be out of reach', async () => {
    const { acceptor, host } = await insertTwelve('stuck')
    expect(host.told).toContainEqual({ type: 'unreachable' })
    expect(acceptor.taken.slice(0, host.coins().length)).toEqual(host.coins())
  }, 30_000)
})
