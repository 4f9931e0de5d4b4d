/**
 * Bytes of a DEX/UCS line → controls and blocks (see frame.ts for the picture).
 *
 *   idle ──DLE──▶ idle-escaped ──SOH|STX──▶ text ──DLE──▶ text-escaped ──ETB|ETX──▶ crc
 *
 * Inside a block every byte but DLE is text, so a torn block ends by silence (flush) or by the
 * `DLE SOH` or `DLE STX` of the next one.
 */
import { type Discarded, discard, type Framer } from '../frame.ts'
import {
  blockCrc,
  type Control,
  type DexFrame,
  DLE,
  ENQ,
  EOT,
  ETB,
  ETX,
  NAK,
  SOH,
  STX,
  SYN,
} from './frame.ts'

/** Twice the standard's limit: some machines exceed it, none by so much. */
export const MAX_BLOCK_BYTES = 512
/** Timer B of the standard: the longest silence inside a block, in milliseconds. */
export const DEX_SILENCE_MS = 100

const SINGLE = new Map<number, Control>([
  [ENQ, 'enq'],
  [EOT, 'eot'],
  [NAK, 'nak'],
])
const ESCAPED = new Map<number, Control>([
  [0x30, 'ack0'],
  [0x31, 'ack1'],
  [0x3b, 'wack'],
])

export function dexFramer(): Framer<DexFrame> {
  const line: Line = {
    take: takeIdle,
    text: new Uint8Array(MAX_BLOCK_BYTES),
    used: 0,
    type: 'data',
    close: 0,
    crcLow: 0,
    noise: [],
    out: [],
  }
  return {
    push(chunk) {
      for (const byte of chunk) line.take(line, byte)
      return settled(line)
    },
    flush() {
      if (line.take === takeIdleEscaped) line.noise.push(DLE)
      else if (line.take !== takeIdle) giveUp(line, 'truncated')
      line.take = takeIdle
      return settled(line)
    },
    bufferedBytes: () => line.used,
  }
}

/** What the framer remembers; `take` is the step of the picture above. */
type Line = {
  take: (line: Line, byte: number) => void
  text: Uint8Array
  used: number
  type: 'header' | 'data'
  close: number
  crcLow: number
  noise: number[]
  out: (DexFrame | Discarded)[]
}

function takeIdle(line: Line, byte: number): void {
  const control = SINGLE.get(byte)
  if (byte === DLE) line.take = takeIdleEscaped
  else if (control !== undefined) emit(line, { kind: 'control', control })
  else if (byte !== SYN) line.noise.push(byte)
}

function takeIdleEscaped(line: Line, byte: number): void {
  const control = ESCAPED.get(byte)
  line.take = takeIdle
  if (control !== undefined) emit(line, { kind: 'control', control })
  else if (byte === SOH || byte === STX) {
    line.used = 0
    line.type = byte === SOH ? 'header' : 'data'
    line.take = takeText
  } else {
    line.noise.push(DLE)
    takeIdle(line, byte)
  }
}

function takeText(line: Line, byte: number): void {
  if (byte === DLE) line.take = takeTextEscaped
  else keep(line, byte)
}

function takeTextEscaped(line: Line, byte: number): void {
  line.take = takeText
  if (byte === DLE) keep(line, DLE)
  else if (byte === ETB || byte === ETX) {
    line.close = byte
    line.take = takeCrcLow
  } else if (byte !== SYN) {
    giveUp(line, 'truncated')
    takeIdleEscaped(line, byte)
  }
}

function keep(line: Line, byte: number): void {
  if (line.used < MAX_BLOCK_BYTES) line.text[line.used++] = byte
  else giveUp(line, 'oversize')
}

function takeCrcLow(line: Line, byte: number): void {
  line.crcLow = byte
  line.take = takeCrcHigh
}

function takeCrcHigh(line: Line, byte: number): void {
  const { type, close } = line
  const text = line.text.slice(0, line.used)
  line.used = 0
  line.take = takeIdle
  if (blockCrc(text, close) !== (line.crcLow | (byte << 8))) emit(line, discard('bad-check', text))
  else emit(line, { kind: 'block', type, last: close === ETX, text })
}

function giveUp(line: Line, reason: 'oversize' | 'truncated'): void {
  emit(line, discard(reason, line.text.subarray(0, line.used)))
  line.used = 0
  line.take = takeIdle
}

function emit(line: Line, frame: DexFrame | Discarded): void {
  settleNoise(line)
  line.out.push(frame)
}

function settleNoise(line: Line): void {
  if (line.noise.length > 0) line.out.push(discard('noise', Uint8Array.from(line.noise)))
  line.noise = []
}

function settled(line: Line): (DexFrame | Discarded)[] {
  settleNoise(line)
  const { out } = line
  line.out = []
  return out
}
