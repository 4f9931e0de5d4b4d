/** Machines that talk by themselves, receiver and scanner, with every fault, read by framers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { nmeaFramer } from '@tillproof/firmware-bridge/nmea/framer.ts'
import { type Position, readFix } from '@tillproof/firmware-bridge/nmea/position.ts'
import { encodeGm6x, GM6X_TRIGGER } from '@tillproof/firmware-bridge/qr/gm6x.ts'
import { noteCode, type SeenCode, scannerFramer } from '@tillproof/firmware-bridge/qr/scanner.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from './bench.ts'
import { startCodeScanner } from './code-scanner.ts'
import { FAULT_NAMES, type FaultName } from './faults.ts'
import { startGnssReceiver } from './gnss-receiver.ts'
import { openTestLine } from './testing-line.ts'
import { positionOnTrack } from './track.ts'

const dir = mkdtempSync(join(tmpdir(), 'tillproof-talkers-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe.concurrent('a receiver with the fault', () => {
  test.each([null, ...FAULT_NAMES])(
    '%s tells only places where it was',
    async fault => {
      const receiver = startGnssReceiver({ path: join(dir, `gps-${fault}`), fault, everyMs: 100 })
      const framer = nmeaFramer()
      const fixes: Position[] = []
      const refusals: string[] = []
      const nowMs = systemClock.nowMs()
      const limits = { earliestMs: Date.UTC(2025, 0, 1), latestMs: nowMs + 86_400_000 }
      const line = openTestLine({
        path: receiver.path,
        baudRate: 9600,
        onChunk(bytes) {
          for (const frame of framer.push(bytes)) {
            if (frame.kind !== 'sentence' || frame.type !== 'RMC') continue
            const fix = readFix(frame, limits)
            if ('position' in fix) fixes.push(fix.position)
            else refusals.push(fix.refused)
          }
        },
      })
      await sleep(2500)
      await line.stop()
      receiver.stop()
      const places = Array.from({ length: 60 }, (_, i) => positionOnTrack(1.2 * (i + 1)))
      for (const { latitudeE7, longitudeE7 } of fixes) {
        const near = (place: Position) =>
          Math.abs(place.latitudeE7 - latitudeE7) < 20 && place.longitudeE7 === longitudeE7
        expect(places.some(near)).toBe(true)
      }
      if (fault !== 'stuck') expect(fixes.length).toBeGreaterThan(0)
      if (fault === 'counter-reset') expect(refusals).toContain('insane-date')
    },
    15_000,
  )
})

describe.concurrent('a scanner with the fault', () => {
  test.each([
    null,
    'late-reply',
    'double-report',
    'torn-frame',
    'noise',
    'unplug',
    'reset',
    'stuck',
  ] as const)(
    '%s tells each code once, or not at all',
    async (fault: FaultName | null) => {
      const scanner = startCodeScanner({ path: join(dir, `scanner-${fault}`), fault })
      const framer = scannerFramer()
      const heard: string[] = []
      let seen: SeenCode = null
      const line = openTestLine({
        path: scanner.path,
        baudRate: 9600,
        onChunk(bytes) {
          for (const frame of framer.push(bytes)) {
            if (frame.kind !== 'code') continue
            const noted = noteCode(seen, frame.text, systemClock.nowMs(), 3000)
            seen = noted.seen
            if (!noted.repeated) heard.push(frame.text)
          }
        },
      })
      await until('up', () => line.status().state === 'up')
      for (let i = 0; i < 5; i++) {
        scanner.hold(`TPV1.code-${i}`)
        await sleep(100)
      }
      await sleep(fault === 'late-reply' ? 900 : 100)
      await line.stop()
      scanner.stop()
      // Half a code and the next one stand in one line: no voucher has such a text.
      const whole = heard.filter(text => /^TPV1\.code-\d$/.test(text))
      expect(whole).toEqual(scanner.told.filter(text => whole.includes(text)))
      if (fault === null || fault === 'late-reply' || fault === 'double-report') {
        expect(heard).toEqual(scanner.told)
      }
    },
    15_000,
  )
})

test('a scanner in command mode looks when it is triggered, and answers in between', async () => {
  const scanner = startCodeScanner({ path: join(dir, 'commands') })
  const framer = scannerFramer()
  const heard: unknown[] = []
  const line = openTestLine({
    path: scanner.path,
    baudRate: 9600,
    onChunk: bytes => void heard.push(...framer.push(bytes)),
  })
  await until('up', () => line.status().state === 'up')
  await line.write(encodeGm6x({ kind: 'write', zone: 0, data: Uint8Array.of(1) }))
  await until('answered', () => heard.length === 1)
  scanner.hold('TPV1.waits')
  expect(scanner.told).toEqual([])
  await line.write(GM6X_TRIGGER)
  await until('told', () => heard.length === 3)
  const done = { kind: 'reply', type: 0, data: Uint8Array.of(0) }
  expect(heard).toEqual([done, done, { kind: 'code', text: 'TPV1.waits' }])
  await line.stop()
  scanner.stop()
})
