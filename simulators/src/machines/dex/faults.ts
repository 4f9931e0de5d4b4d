/**
 * What a machine's end of a serial line does wrong, by name. A fault sees each message the machine
 * is about to send, and says what goes onto the wire instead.
 */

export type FaultName =
  /** Stray bytes before every message. */
  | 'noise'
  /** The second long message ends in the middle, once. */
  | 'torn-frame'
  /** Two answers come at the last moment the protocol allows. */
  | 'late-reply'
  /** The machine restarts at its second long message. */
  | 'reset'
  /** It says nothing any more from its second long message on. */
  | 'stuck'
  /** The cable is pulled at the second long message, and put back. */
  | 'unplug'
  /** Everything is said twice. */
  | 'double-report'

export type Utterance = { say: Uint8Array; afterMs?: number } | { happens: 'reset' | 'unplug' }

export type Fault = (message: Uint8Array) => Utterance[]

/** Messages longer than any control or handshake carry the audit. */
const LONG_BYTES = 40
/** Close to the second within which answers are due. */
const LATE_MS = 900

/** A fresh fault; it remembers where in the session it is. */
export function faultOf(name: FaultName | null): Fault {
  let messages = 0
  let long = 0
  return message => {
    messages++
    if (message.length > LONG_BYTES) long++
    const strikes = long === 2 && message.length > LONG_BYTES
    switch (name) {
      case 'noise':
        return [{ say: Uint8Array.of(0x00, 0xff, 0x7f) }, { say: message }]
      case 'torn-frame':
        return [{ say: strikes ? message.subarray(0, message.length >> 1) : message }]
      case 'late-reply':
        return [{ say: message, afterMs: messages === 2 || strikes ? LATE_MS : 0 }]
      case 'reset':
        return strikes ? [{ happens: 'reset' }] : [{ say: message }]
      case 'stuck':
        return long >= 2 ? [] : [{ say: message }]
      case 'unplug':
        return strikes ? [{ happens: 'unplug' }] : [{ say: message }]
      case 'double-report':
        return [{ say: message }, { say: message }]
      case null:
        return [{ say: message }]
    }
  }
}
