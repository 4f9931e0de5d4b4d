/**
 * A GNSS receiver that drives around a block and talks every second. It has no counters, but a
 * clock: `counter-reset` throws it back by the 1024 weeks after which old receivers begin anew.
 */
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { type FaultName, openFaultyPort } from './faults.ts'
import { nmeaOf, positionOnTrack } from './track.ts'

export type GnssReceiver = { path: string; metersDriven(): number; stop(): void }

const ROLLOVER_MS = 1024 * 7 * 86_400_000
const METERS_A_SECOND = 12
const KNOTS = METERS_A_SECOND * 1.943844
const FAULTS = { fromBytes: 40, at: 3, lateMs: 700 }

export function startGnssReceiver(options: {
  path: string
  fault?: FaultName | null
  everyMs?: number
}): GnssReceiver {
  const { everyMs = 1000 } = options
  let meters = 0
  let behindMs = 0
  const port = openFaultyPort({
    path: options.path,
    fault: options.fault ?? null,
    ...FAULTS,
    onData: () => undefined,
    onCounterReset() {
      behindMs = ROLLOVER_MS
    },
  })
  const talking = setInterval(() => {
    meters += (METERS_A_SECOND * everyMs) / 1000
    port.write(nmeaOf(positionOnTrack(meters), systemClock.nowMs() - behindMs, KNOTS))
  }, everyMs)
  return {
    path: port.path,
    metersDriven: () => meters,
    stop() {
      clearInterval(talking)
      port.unplug()
    },
  }
}
