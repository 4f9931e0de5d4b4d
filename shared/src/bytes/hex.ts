/**
 * Hexadecimal text, one spelling only: lower case, two digits a byte. Reading refuses everything
 * else, so that two different texts never mean the same bytes.
 */
const LOWER_HEX = /^(?:[0-9a-f]{2})*$/

/** The two digits of each byte. */
const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at++) text += PAIRS[bytes[at] ?? 0]
  return text
}

/** @returns undefined when the text is not lower-case hex of whole bytes. */
export function fromHex(text: string): Uint8Array | undefined {
  if (!LOWER_HEX.test(text)) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
