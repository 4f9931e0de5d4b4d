/**
 * What a machine's end of a serial line does wrong, by name, the same for every protocol. A fault
 * sees each message the machine is about to send, and says what goes onto the wire instead.
 */
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { type MachinePort, openMachinePort } from './pty.ts'

/** Names and what they do, for people who choose one. */
export const FAULTS = {
  noise: 'stray bytes before every message',
  'torn-frame': 'one message ends in the middle',
  'late-reply': 'one answer comes at the last moment the protocol allows, or after it',
  reset: 'the machine restarts in the middle of its work, once',
  stuck: 'it says nothing any more',
  unplug: 'the cable is pulled in the middle of a message, and put back',
  'counter-reset': 'its counters begin anew',
  'double-report': 'everything is said twice',
} as const

export type FaultName = keyof typeof FAULTS
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[]

export type Utterance =
  | { say: Uint8Array; afterMs?: number }
  | { happens: 'reset' | 'unplug' | 'counter-reset' }

export type Fault = (message: Uint8Array) => Utterance[]

export type FaultSettings = {
  /** Messages as long as this carry what matters; shorter ones are courtesies. */
  fromBytes: number
  /** The fault strikes at this one of them, counted from 1. */
  at: number
  lateMs: number
}

const NOISE = Uint8Array.of(0x00, 0xff, 0x7f)

/** A fresh fault; it remembers where in the session it is. */
export function faultOf(name: FaultName | null, settings: FaultSettings): Fault {
  let messages = 0
  let long = 0
  return message => {
    messages++
    const matters = message.length >= settings.fromBytes
    if (matters) long++
    const strikes = matters && long === settings.at
    const say: Utterance = { say: message }
    switch (name) {
      case 'noise':
        return [{ say: NOISE }, say]
      case 'torn-frame':
        return [{ say: strikes ? message.subarray(0, message.length >> 1) : message }]
      case 'late-reply':
        return [{ say: message, afterMs: messages === 2 || strikes ? settings.lateMs : 0 }]
      case 'stuck':
        return long >= settings.at ? [] : [say]
      case 'counter-reset':
        return strikes ? [{ happens: name }, say] : [say]
      case 'reset':
      case 'unplug':
        return strikes ? [{ happens: name }] : [say]
      case 'double-report':
        return [say, say]
      case null:
        return [say]
    }
  }
}

/** A controller is back after as long. */
export const REBOOT_MS = 1500

export type FaultyPortOptions = FaultSettings & {
  path: string
  fault: FaultName | null
  onData(bytes: Uint8Array): void
  /** The machine lost its power: it forgets, and is back in a moment. */
  onReset?(): void
  onCounterReset?(): void
}

export type FaultyPort = MachinePort & {
  /** Past the fault: what the wire does by itself, such as an echo. */
  writeAsIs(bytes: Uint8Array): void
}

/** A machine's port through which everything it says passes its fault. */
export function openFaultyPort(options: FaultyPortOptions): FaultyPort {
  const fault = faultOf(options.fault, options)
  let away = false
  let stopped = false
  let held: Uint8Array[] | null = null
  const port = openMachinePort({
    path: options.path,
    onData(bytes) {
      if (!away) options.onData(bytes)
    },
  })

  function interrupt(what: 'reset' | 'unplug'): void {
    away = true
    if (what === 'unplug') port.unplug()
    else options.onReset?.()
    systemClock.after(REBOOT_MS, () => {
      away = false
      if (!stopped) port.replug()
    })
  }

  /** A wire keeps its order: what is said after a late message comes after it. */
  function sayInTurn(say: Uint8Array, afterMs: number): void {
    if (held !== null) held.push(say)
    else if (afterMs === 0) port.write(say)
    else {
      held = [say]
      systemClock.after(afterMs, release)
    }
  }

  function release(): void {
    const late = held ?? []
    held = null
    late.forEach(port.write)
  }

  function utter(utterance: Utterance): void {
    if ('say' in utterance) sayInTurn(utterance.say, utterance.afterMs ?? 0)
    else if (utterance.happens === 'counter-reset') options.onCounterReset?.()
    else interrupt(utterance.happens)
  }

  return {
    ...port,
    writeAsIs: port.write,
    write(bytes) {
      if (!away) fault(bytes).forEach(utter)
    },
    unplug() {
      stopped = true
      port.unplug()
    },
    replug() {
      stopped = false
      port.replug()
    },
  }
}
