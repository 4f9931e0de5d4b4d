/**
 * Commands of Honeywell's scanners, in the stream of the codes:
 *
 *   16 54 0D                     trigger        16 55 0D      release
 *   16 4D 0D "TERMID…" .         menu command; ! instead of . keeps it only until the power is off
 *   "TERMID…" 06 .               taken          05: not known, 15: not possible
 *
 * Source: the user guides' chapter "Serial Programming Commands".
 */

export const HONEYWELL_TRIGGER = Uint8Array.of(0x16, 0x54, 0x0d)
export const HONEYWELL_RELEASE = Uint8Array.of(0x16, 0x55, 0x0d)

const [SYN, MENU, CR, ACK, ENQ, NAK] = [0x16, 0x4d, 0x0d, 0x06, 0x05, 0x15]
const ENDS = [0x2e, 0x21]

/** `command`: tag, sub-tag and data, such as `PAPLED1`. `kept`: over a power cut. */
export function encodeMenuCommand(command: string, kept: boolean): Uint8Array {
  const text = new TextEncoder().encode(command + (kept ? '.' : '!'))
  return Uint8Array.of(SYN, MENU, CR, ...text)
}

/** An answer among the codes, without the tail after it; undefined when it is none. */
export function readMenuReply(
  bytes: Uint8Array,
): { kind: 'menu-reply'; command: string; taken: boolean } | undefined {
  const [verdict, end] = bytes.subarray(-2)
  if (end === undefined || !ENDS.includes(end)) return undefined
  if (verdict !== ACK && verdict !== ENQ && verdict !== NAK) return undefined
  const command = bytes.subarray(0, -2)
  if (!command.every(byte => byte >= 0x20 && byte < 0x7f)) return undefined
  return { kind: 'menu-reply', command: String.fromCharCode(...command), taken: verdict === ACK }
}
