/** For tests: machines that sell by time or energy, as their profiles say them. */
import type { TimedRules } from '../timed-rules.ts'

const machine = {
  heldBy: [],
  stop: [],
  startAgain: true,
  meters: {},
}

/** A timer box that runs the paid minutes by itself and counts its runs. */
export const TIMER_CHAIR: TimedRules = {
  ...machine,
  name: 'massage-chair',
  port: 'timer',
  timedBy: 'machine',
  serving: 'running',
  fault: 'broken',
  runs: 'runs',
  start: [
    { point: 'timer.minutesToRun', value: 'minutes' },
    { point: 'timer.start', value: 1 },
  ],
  meters: { runs: { bits: 32 }, minutes: { bits: 32 } },
  metersEverySeconds: 3600,
}

/** A chair with a coin input, and a contact that tells that its motor runs; it counts nothing. */
export const PULSE_CHAIR: TimedRules = {
  ...machine,
  name: 'pulse-chair',
  port: 'bridge',
  timedBy: 'machine',
  serving: 'running',
  start: [{ point: 'bridge.output0', pulseEachMinutes: 5, widthMs: 100 }],
  startAgain: false,
}

/** A washer behind a relay and a current sensor: it runs while it draws current. */
export const WASHER: TimedRules = {
  ...machine,
  name: 'washer',
  port: 'washer',
  timedBy: 'machine',
  serving: 'drawsCurrent',
  runs: 'cycles',
  start: [{ point: 'washer.start', value: 1 }],
  restSeconds: 120,
  meters: { cycles: { bits: 16 }, water: { bits: 32 } },
}

/** A charging post: we switch the current on and off, a meter counts hundredths of a kWh. */
export const CHARGER: TimedRules = {
  ...machine,
  name: 'charger',
  port: 'meter',
  timedBy: 'agent',
  serving: 'charging',
  start: [{ point: 'relay.relay1', value: 1 }],
  stop: [{ point: 'relay.relay1', value: 0 }],
  meters: { energy: { bits: 32 } },
  sold: { meter: 'energy', unit: 'kWh', perUnit: 100 },
}

/** A car that we unlock, and lock again when the time is used up and nobody is in it. */
export const CAR: TimedRules = {
  ...machine,
  name: 'shared-car',
  port: 'body',
  timedBy: 'agent',
  serving: 'unlocked',
  heldBy: ['ignition', 'doorOpen'],
  start: [{ point: 'body.unlocked', value: 1 }],
  stop: [{ point: 'body.unlocked', value: 0 }],
  meters: { odometer: { bits: 32 } },
}
