/**
 * JSON in which whole numbers keep every digit: specification files hold amounts beyond 2^53.
 * Whole numbers become bigint; anything else is as JSON.parse has it.
 */
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown
type Parse = (text: string, reviver: Reviver) => unknown

/** Throws SyntaxError, as JSON.parse does. */
export function parseExactJson(text: string): unknown {
  const parse = JSON.parse as Parse
  return parse(text, (_, value, { source }) => {
    const isWhole = typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source)
    return isWhole ? BigInt(source) : value
  })
}
