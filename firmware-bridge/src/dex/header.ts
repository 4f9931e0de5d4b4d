/**
 * The two handshakes of a DEX/UCS session, each one header block in ASCII.
 *
 *   first, from the master    LQD0000001 R R00L06     who I am, what I want, which revision
 *   second, from the other    00 XYZ0000001 R00L06    whether I will, who I am, which revision
 *
 * `R`: I want to receive your audit. `S`: I want to send you mine.
 */

export type FirstHeader = {
  communicationId: string
  operation: 'R' | 'S' | 'other'
  revisionLevel: string
}
export type SecondHeader = { response: string; communicationId: string; revisionLevel: string }

/** The response that means yes. Every other one is a refusal, and named to people as it came. */
export const RESPONSE_OK = '00'
/** What we answer to an operation that we do not offer. */
export const RESPONSE_UNSUPPORTED = '01'

const FIRST = /^([\x20-\x7e]{10})([\x20-\x7e])(R\d\dL\d\d)$/
const SECOND = /^(\d\d)([\x20-\x7e]{10})(R\d\dL\d\d)$/

export function decodeFirst(text: Uint8Array): FirstHeader | undefined {
  const [, communicationId, operation, revisionLevel] = FIRST.exec(asText(text)) ?? []
  if (communicationId === undefined || revisionLevel === undefined) return undefined
  const known = operation === 'R' || operation === 'S' ? operation : 'other'
  return { communicationId, operation: known, revisionLevel }
}

export function decodeSecond(text: Uint8Array): SecondHeader | undefined {
  const [, response, communicationId, revisionLevel] = SECOND.exec(asText(text)) ?? []
  if (response === undefined || communicationId === undefined || revisionLevel === undefined) {
    return undefined
  }
  return { response, communicationId, revisionLevel }
}

export function encodeFirst(header: FirstHeader & { operation: 'R' | 'S' }): Uint8Array {
  const { communicationId, operation, revisionLevel } = header
  return asBytes(`${tenBytes(communicationId)}${operation}${revisionLevel}`)
}

export function encodeSecond({
  response,
  communicationId,
  revisionLevel,
}: SecondHeader): Uint8Array {
  return asBytes(`${response}${tenBytes(communicationId)}${revisionLevel}`)
}

/** Communication ids are ten characters; a shorter one is filled with zeros. */
function tenBytes(id: string): string {
  return id.slice(0, 10).padEnd(10, '0')
}

function asText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

function asBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
