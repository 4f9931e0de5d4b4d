/**
 * RFC 4648 base64 (§4, padded) and base64url (§5, unpadded), with exactly one spelling a value.
 * Platform decoders skip rubbish and accept stray bits in the last digit; a signature over text
 * that decodes in two ways is worth nothing, so what was read is written again and compared.
 */
const STANDARD = /^[A-Za-z0-9+/]*={0,2}$/
const URL_SAFE = /^[A-Za-z0-9_-]*$/
/** Arguments a single String.fromCharCode call may safely take. */
const CHUNK = 0x2000

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return btoa(binary)
}

/** @returns undefined on anything but the one canonical, padded spelling. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !STANDARD.test(text)) return undefined
  const binary = atob(text)
  return btoa(binary) === text ? bytesOf(binary) : undefined
}

export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** @returns undefined on anything but the one canonical, unpadded spelling. */
export function fromBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1 || !URL_SAFE.test(text)) return undefined
  const padded = text.replaceAll('-', '+').replaceAll('_', '/')
  return fromBase64(padded.padEnd(Math.ceil(padded.length / 4) * 4, '='))
}

/** Of a string of one character a byte. */
function bytesOf(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
