/**
 * A coin acceptor on a ccTalk wire: it hears what it is asked, and so does whoever asked, for the
 * wire is one. Its buffer holds the last five events; after a power cut its counter is zero.
 */
import {
  type CctalkFrame,
  encodeMessage,
  HEADERS,
} from '@tillproof/firmware-bridge/cctalk/frame.ts'
import { CCTALK_SILENCE_MS, cctalkFramer } from '@tillproof/firmware-bridge/cctalk/framer.ts'
import { type FaultName, openFaultyPort } from '../faults.ts'

export type CoinAcceptor = {
  path: string
  /** Numbers of all coins that it took, oldest first. */
  taken: readonly number[]
  /** False: it is inhibited, or knows no such coin, and the coin falls through. */
  insert(coin: number): boolean
  isAccepting(): boolean
  stop(): void
}

/** By number of the coin. */
export const COIN_NAMES = new Map([
  [1, 'EU005A'],
  [2, 'EU010A'],
  [3, 'EU020A'],
  [4, 'EU050A'],
  [5, 'EU100A'],
  [6, 'EU200A'],
])
const SELF = 2
const KEPT = 5
/** Answers about money have 16 bytes, names 11; the fault strikes when coins are told. */
const FAULTS = { fromBytes: 16, at: 3, lateMs: 230 }

type Memory = { counter: number; events: number[]; inhibits: number; accepting: boolean }

const powerUp = (): Memory => ({ counter: 0, events: [], inhibits: 0, accepting: false })

export function startCoinAcceptor(options: {
  path: string
  fault?: FaultName | null
  /** Off for adapters that keep the host's own bytes from it. */
  echo?: boolean
}): CoinAcceptor {
  const taken: number[] = []
  let memory = powerUp()
  let framer = cctalkFramer()
  let silence: NodeJS.Timeout | undefined
  const forget = () => {
    memory = powerUp()
    framer = cctalkFramer()
  }
  const port = openFaultyPort({
    path: options.path,
    fault: options.fault ?? null,
    ...FAULTS,
    onData: hear,
    onReset: forget,
    onCounterReset: forget,
  })

  function hear(bytes: Uint8Array): void {
    clearTimeout(silence)
    // The wire's own doing, and no message of ours.
    if (options.echo !== false) port.writeAsIs(bytes)
    for (const frame of framer.push(bytes)) if (frame.kind === 'message') answer(frame)
    silence = setTimeout(() => framer.flush(), CCTALK_SILENCE_MS)
  }

  function answer({ destination, source, header, data }: CctalkFrame): void {
    if (destination !== SELF) return
    const reply = replyTo(memory, header, data)
    port.write(encodeMessage({ destination: source, source: SELF, ...reply }))
  }

  return {
    path: port.path,
    taken,
    insert(coin) {
      const open = memory.accepting && ((memory.inhibits >> (coin - 1)) & 1) === 1
      if (!open || !COIN_NAMES.has(coin)) return false
      taken.push(coin)
      memory.events.push(coin)
      memory.counter = memory.counter === 255 ? 1 : memory.counter + 1
      return true
    },
    isAccepting: () => memory.accepting,
    stop() {
      clearTimeout(silence)
      port.unplug()
    },
  }
}

type Reply = { header: number; data: Uint8Array }

function replyTo(memory: Memory, header: number, data: Uint8Array): Reply {
  const done = { header: HEADERS.reply, data: new Uint8Array(0) }
  switch (header) {
    case HEADERS.simplePoll:
      return done
    case HEADERS.requestCoinName: {
      const name = COIN_NAMES.get(data[0] ?? 0) ?? '......'
      return { ...done, data: new TextEncoder().encode(name) }
    }
    case HEADERS.readCredits:
      return { ...done, data: Uint8Array.from([memory.counter, ...buffered(memory)]) }
    case HEADERS.modifyInhibits:
      memory.inhibits = (data[0] ?? 0) + 256 * (data[1] ?? 0)
      return done
    case HEADERS.modifyMasterInhibit:
      memory.accepting = data[0] === 1
      return done
    case HEADERS.reset:
      Object.assign(memory, powerUp())
      return done
    default:
      return { ...done, header: HEADERS.nak }
  }
}

/** Newest first, five places. */
function buffered({ events }: Memory): number[] {
  const pairs = events
    .slice(-KEPT)
    .reverse()
    .flatMap(coin => [coin, 1])
  return [...pairs, ...Array<number>(2 * KEPT).fill(0)].slice(0, 2 * KEPT)
}
