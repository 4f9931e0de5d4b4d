/**
 * Waferlife's MDB-RS232 box as the master of a coin changer and a bill validator: their setups are
 * asked for, they are told to take money while the machine is on sale, and what they take is told.
 * It counts money and starts nothing for it.
 */
import { waferFramer } from '@tillproof/firmware-bridge/mdb/waferlife.ts'
import {
  stepWaferMaster,
  type WaferMasterEffect,
  type WaferMasterInput,
  waferMasterAtStart,
} from '@tillproof/firmware-bridge/mdb/waferlife-master.ts'
import { openSerialLine } from '../ports/serial-line.ts'
import type { LineDeed, LineDeps, MachineLine } from './line.ts'
import { serialOf } from './serial-settings.ts'

/** Told again so often: a device that lost its power takes nothing, and says nothing of it. */
const TELL_MS = 5_000
const WATCHDOG_MS = 20_000
const DEVICES = ['changer', 'bill-validator'] as const

export function openWaferlifeChanger(deps: LineDeps): MachineLine {
  const { clock, log, name, currency, onFact, onState } = deps
  let framer = waferFramer()
  let master = waferMasterAtStart(currency)
  let isOnSale = true
  let cancelAnswer = () => {}

  function feed(input: WaferMasterInput): void {
    const step = stepWaferMaster(master, input)
    master = step.state
    step.effects.forEach(perform)
  }

  function perform(effect: WaferMasterEffect): void {
    switch (effect.type) {
      case 'send':
        void line.write(effect.bytes)
        break
      case 'timer':
        cancelAnswer()
        cancelAnswer = clock.after(effect.ms, () => feed({ type: 'timer' }))
        break
      case 'stop-timer':
        cancelAnswer()
        break
      case 'news':
        line.noteGoodFrame()
        onFact({ kind: 'cash', news: effect.news })
        if (effect.news.kind === 'trouble') log.warn({ port: name, ...effect.news }, 'cash device')
        break
      case 'answered':
        line.noteGoodFrame()
        break
      case 'refused':
      case 'unanswered':
        log.warn({ port: name, ask: effect.ask, device: effect.device }, effect.type)
        break
      case 'not-understood':
        log.debug({ port: name, bytes: effect.bytes.length }, 'not understood')
    }
  }

  /** Setups until both are known, and what they shall do. */
  function tell(): void {
    cancelTell()
    cancelTell = clock.after(TELL_MS, tell)
    if (line.status().state === 'down') return
    for (const device of DEVICES) {
      const { scale } = device === 'changer' ? master.changer : master.validator
      if (scale === null) feed({ type: 'ask', ask: 'setup', device })
      feed({ type: 'ask', ask: isOnSale ? 'accept' : 'inhibit', device })
    }
  }

  const line = openSerialLine({
    ...serialOf(deps),
    watchdogMs: WATCHDOG_MS,
    onOpen() {
      framer = waferFramer()
      tell()
    },
    onChunk(chunk) {
      for (const frame of framer.push(chunk)) {
        if (frame.kind === 'wafer') feed({ type: 'heard', bytes: frame.bytes })
        else log.debug({ port: name, reason: frame.reason }, 'discarded')
      }
    },
    onState(state, detail) {
      if (state === 'down') feed({ type: 'closed' })
      onState(state, detail)
    },
  })
  let cancelTell = clock.after(TELL_MS, tell)

  function carryOut(deed: LineDeed): boolean {
    if (deed.type !== 'on-sale') return false
    isOnSale = deed.on
    tell()
    return true
  }

  return {
    status: line.status,
    do: deed => Promise.resolve(carryOut(deed)),
    stop() {
      cancelTell()
      cancelAnswer()
      return line.stop()
    },
  }
}
