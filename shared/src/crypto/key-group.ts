/**
 * Whether 32 bytes are a point of Ed25519's prime-order group: decoded as in RFC 8032 §5.1.3, then
 * multiplied by the group's order L, which leads to the neutral point from nowhere else. Public
 * keys only: the time it takes tells of the point. A whole curve library does the same, but every
 * agent on a small gateway would have to keep it in memory for one question at its start.
 */

const P = 2n ** 255n - 19n
/** The order of the group that the base point generates (RFC 8032 §5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const D = modulo(-121665n * power(121666n, P - 2n))
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n)

/** Extended homogeneous coordinates: x = X/Z, y = Y/Z, xy = T/Z. */
type Point = { X: bigint; Y: bigint; Z: bigint; T: bigint }

const NEUTRAL: Point = { X: 0n, Y: 1n, Z: 1n, T: 0n }

export function isInPrimeOrderGroup(publicKey: Uint8Array): boolean {
  const point = decode(publicKey)
  if (point === undefined) return false
  const { X, Y, Z } = multiply(point, L)
  return X === 0n && Y === Z
}

/** Undefined for what no point is written as; of two spellings only the canonical one. */
function decode(bytes: Uint8Array): Point | undefined {
  if (bytes.length !== 32) return undefined
  const number = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  const y = number & ((1n << 255n) - 1n)
  const sign = number >> 255n
  const root = y < P ? rootOfRatio(modulo(y * y - 1n), modulo(D * y * y + 1n)) : undefined
  if (root === undefined || (root === 0n && sign === 1n)) return undefined
  const x = (root & 1n) === sign ? root : P - root
  return { X: x, Y: y, Z: 1n, T: modulo(x * y) }
}

/** A square root of u/v, if there is one. */
function rootOfRatio(u: bigint, v: bigint): bigint | undefined {
  const v3 = modulo(v * v * v)
  const candidate = modulo(u * v3 * power(modulo(u * v3 * v3 * v), (P - 5n) / 8n))
  const square = modulo(v * candidate * candidate)
  if (square === u) return candidate
  return square === modulo(-u) ? modulo(candidate * ROOT_OF_MINUS_ONE) : undefined
}

function multiply(point: Point, factor: bigint): Point {
  let product = NEUTRAL
  for (const bit of factor.toString(2)) {
    product = add(product, product)
    if (bit === '1') product = add(product, point)
  }
  return product
}

/** RFC 8032 §5.1.4; it holds for equal points and the neutral one too. */
function add(p: Point, q: Point): Point {
  const a = modulo((p.Y - p.X) * (q.Y - q.X))
  const b = modulo((p.Y + p.X) * (q.Y + q.X))
  const c = modulo(2n * D * p.T * q.T)
  const d = modulo(2n * p.Z * q.Z)
  const [e, f, g, h] = [b - a, d - c, d + c, b + a]
  return { X: modulo(e * f), Y: modulo(g * h), Z: modulo(f * g), T: modulo(e * h) }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = modulo(result * result)
    if (bit === '1') result = modulo(result * base)
  }
  return result
}

/** From 0 up to P, also for negative numbers. */
function modulo(number: bigint): bigint {
  const rest = number % P
  return rest < 0n ? rest + P : rest
}
