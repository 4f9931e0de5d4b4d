/**
 * What seems to be on a line, by what it said: each protocol's own framer reads the bytes, and the
 * one with the strongest check wins. Pure; a guess with its reason, never a certainty.
 */
import { bridgeFramer } from '@tillproof/firmware-bridge/bridge/framer.ts'
import { type CctalkFrame, HOST_ADDRESS } from '@tillproof/firmware-bridge/cctalk/frame.ts'
import { cctalkFramer } from '@tillproof/firmware-bridge/cctalk/framer.ts'
import type { Discarded, Framer } from '@tillproof/firmware-bridge/frame.ts'
import { lineFramer } from '@tillproof/firmware-bridge/line-framer.ts'
import { withoutCheck } from '@tillproof/firmware-bridge/mdb/frame.ts'
import { decodeAdapterLine, MAX_LINE_BYTES } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import { decodeSniffLine } from '@tillproof/firmware-bridge/mdb/sniff-line.ts'
import { waferFramer } from '@tillproof/firmware-bridge/mdb/waferlife.ts'
import { nmeaFramer } from '@tillproof/firmware-bridge/nmea/framer.ts'
import { scannerFramer } from '@tillproof/firmware-bridge/qr/scanner.ts'
import type { DriverName } from '../../profile/driver-traits.ts'

export type Guess = { driver: DriverName; why: string }

type Recogniser = (bytes: Uint8Array) => Guess | undefined

/** DEX and DDCMP: a machine that is the master asks for somebody with single ENQs. */
const ENQ = 0x05
const MIN_ENQS = 2
const MIN_CCTALK_MESSAGES = 3
const MIN_CODE_LENGTH = 4

/** Null: nothing was said, or nothing that any of our protocols says. */
export function recognise(bytes: Uint8Array): Guess | null {
  for (const recogniser of RECOGNISERS) {
    const guess = recogniser(bytes)
    if (guess !== undefined) return guess
  }
  return null
}

function bridge(bytes: Uint8Array): Guess | undefined {
  const whole = framesOf(bridgeFramer(), bytes).length
  return whole === 0 ? undefined : { driver: 'bridge', why: `${whole} frames of a bridge board` }
}

function gps(bytes: Uint8Array): Guess | undefined {
  const types = framesOf(nmeaFramer(), bytes).map(({ talker, type }) => `${talker}${type}`)
  if (types.length === 0) return undefined
  return { driver: 'gps', why: `NMEA sentences (${[...new Set(types)].slice(0, 4).join(', ')})` }
}

function qibixx(bytes: Uint8Array): Guess | undefined {
  const texts = framesOf(lineFramer({ maxBytes: MAX_LINE_BYTES }), bytes).map(({ text }) => text)
  if (texts.some(text => decodeSniffLine(text).kind === 'sniffed')) {
    return { driver: 'mdb-sniffer', why: 'a Qibixx adapter that listens to an MDB bus' }
  }
  const lines = texts.map(decodeAdapterLine)
  const version = lines.find(line => line.kind === 'version')
  if (version?.kind === 'version') {
    return { driver: 'mdb-reader', why: `Qibixx MDB adapter, version ${version.version}` }
  }
  const known = lines.filter(line => line.kind === 'status' || line.kind === 'vend-asked')
  return known.length === 0 ? undefined : { driver: 'mdb-reader', why: 'Qibixx MDB adapter' }
}

function waferlife(bytes: Uint8Array): Guess | undefined {
  const checked = framesOf(waferFramer(), bytes).filter(frame => withoutCheck(frame.bytes))
  if (checked.length === 0) return undefined
  return { driver: 'waferlife', why: `${checked.length} MDB blocks of a Waferlife box` }
}

/** A sum of eight bits agrees with noise too often: one message says nothing. */
function cctalk(bytes: Uint8Array): Guess | undefined {
  const messages: CctalkFrame[] = framesOf(cctalkFramer(), bytes)
  const isTalk = messages.some(({ source }) => source === HOST_ADDRESS)
  if (messages.length < MIN_CCTALK_MESSAGES || !isTalk) return undefined
  return { driver: 'cctalk', why: `${messages.length} ccTalk messages of a coin acceptor` }
}

function dex(bytes: Uint8Array): Guess | undefined {
  const isAsking = bytes.length >= MIN_ENQS && bytes.every(byte => byte === ENQ)
  return isAsking
    ? { driver: 'dex', why: 'a machine that asks for its audit to be read' }
    : undefined
}

function scanner(bytes: Uint8Array): Guess | undefined {
  const framer = scannerFramer()
  const frames = [...framer.push(bytes), ...framer.flush()]
  const codes = frames.flatMap(frame => (frame.kind === 'code' ? [frame.text] : []))
  const isText = frames.length > 0 && codes.length === frames.length
  if (!isText || !codes.some(code => code.length >= MIN_CODE_LENGTH)) return undefined
  return { driver: 'scanner', why: `${codes.length} codes of a scanner` }
}

/** In order of how much each has to get right by chance. */
const RECOGNISERS: Recogniser[] = [bridge, gps, qibixx, waferlife, cctalk, dex, scanner]

function framesOf<Frame extends { kind: string }>(
  framer: Framer<Frame>,
  bytes: Uint8Array,
): Frame[] {
  const isFrame = (it: Frame | Discarded): it is Frame => it.kind !== 'discarded'
  return framer.push(bytes).filter(isFrame)
}
