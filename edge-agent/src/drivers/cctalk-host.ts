/**
 * A coin acceptor whose host is the agent: it is looked for, told to take coins while the machine
 * is on sale, and asked for them several times a second. Each answer goes on as it came: what is
 * new in it is told by the tally, which remembers on the disk (coin-tally.ts).
 */
import { stepAcceptor } from '@tillproof/firmware-bridge/cctalk/acceptor.ts'
import {
  ACCEPTOR_OFF,
  type AcceptorConfig,
  type AcceptorEffect,
  type AcceptorInput,
  type AcceptorTimer,
} from '@tillproof/firmware-bridge/cctalk/acceptor-state.ts'
import { coinValue } from '@tillproof/firmware-bridge/cctalk/coin-value.ts'
import {
  type CctalkFrame,
  COIN_ACCEPTOR_ADDRESS,
  HOST_ADDRESS,
} from '@tillproof/firmware-bridge/cctalk/frame.ts'
import { CCTALK_SILENCE_MS, cctalkFramer } from '@tillproof/firmware-bridge/cctalk/framer.ts'
import type { Discarded } from '@tillproof/firmware-bridge/frame.ts'
import { openSerialLine } from '../ports/serial-line.ts'
import type { LineDeed, LineDeps, MachineLine } from './line.ts'
import { serialOf } from './serial-settings.ts'

/** An acceptor that is not asked for a second stops taking coins by itself. */
const POLL_MS = 200
const WATCHDOG_MS = 10_000
const CONFIG: AcceptorConfig = {
  accepts: 'coins',
  address: COIN_ACCEPTOR_ADDRESS,
  host: HOST_ADDRESS,
  previousCounter: null,
  // The tally knows what a coin is worth; here only bills would need it.
  exponent: 2,
  values: {},
  pollMs: POLL_MS,
}

export function openCctalkHost(deps: LineDeps): MachineLine {
  const { clock, log, name, currency, onFact, onState } = deps
  const timers = new Map<AcceptorTimer, () => void>()
  let framer = cctalkFramer()
  let acceptor = stepAcceptor(CONFIG, ACCEPTOR_OFF, { type: 'accept', on: true }).state
  let cancelSilence = () => {}

  function feed(input: AcceptorInput): void {
    const { lastCredits: before } = acceptor
    const step = stepAcceptor(CONFIG, acceptor, input)
    acceptor = step.state
    step.effects.forEach(perform)
    const { lastCredits: buffered, names } = step.state
    if (buffered === null || buffered === before) return
    onFact({ kind: 'credits', buffered, values: valuesOf(names, currency) })
  }

  function perform(effect: AcceptorEffect): void {
    switch (effect.type) {
      case 'send':
        void line.write(effect.bytes)
        break
      case 'timer':
        timers.get(effect.id)?.()
        timers.set(
          effect.id,
          clock.after(effect.ms, () => feed({ type: 'timer', id: effect.id })),
        )
        break
      case 'stop-timer':
        timers.get(effect.id)?.()
        break
      case 'credits':
        if (effect.lost > 0) log.warn({ port: name, lost: effect.lost }, 'coins lost')
        break
      case 'unreachable':
      case 'refused':
      case 'trouble':
        log.warn({ port: name, ...effect }, 'coin acceptor')
        break
      default:
        log.info({ port: name, effect: effect.type }, 'coin acceptor')
    }
  }

  function take(frame: CctalkFrame | Discarded): void {
    if (frame.kind === 'discarded') {
      log.debug({ port: name, reason: frame.reason, bytes: frame.bytes.length }, 'discarded')
      return
    }
    // Our own echo says nothing about the acceptor.
    if (frame.source === COIN_ACCEPTOR_ADDRESS) line.noteGoodFrame()
    feed({ type: 'heard', frame })
  }

  const line = openSerialLine({
    ...serialOf(deps),
    watchdogMs: WATCHDOG_MS,
    onOpen() {
      framer = cctalkFramer()
      feed({ type: 'opened' })
    },
    onChunk(chunk) {
      cancelSilence()
      for (const frame of framer.push(chunk)) take(frame)
      if (framer.bufferedBytes() === 0) return
      cancelSilence = clock.after(CCTALK_SILENCE_MS, () => framer.flush().forEach(take))
    },
    onState(state, detail) {
      if (state === 'down') feed({ type: 'closed' })
      onState(state, detail)
    },
  })

  function carryOut(deed: LineDeed): boolean {
    if (deed.type !== 'on-sale') return false
    feed({ type: 'accept', on: deed.on })
    return true
  }

  return {
    status: line.status,
    do: deed => Promise.resolve(carryOut(deed)),
    stop() {
      cancelSilence()
      for (const cancel of timers.values()) cancel()
      return line.stop()
    },
  }
}

/**
 * Minor units by coin number, of the coins whose name says their value in this very currency: a
 * currency's code begins with the code of its country, and so does a coin's name.
 */
function valuesOf(names: Readonly<Record<number, string>>, currency: string) {
  const values: Record<number, bigint> = {}
  for (const [number, coin] of Object.entries(names)) {
    const value = coin.slice(0, 2) === currency.slice(0, 2) ? coinValue(coin) : undefined
    if (value !== undefined) values[Number(number)] = value
  }
  return values
}
