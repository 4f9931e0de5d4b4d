/** Two backends, one behaviour: published vectors, and inputs on which implementations disagree. */
import { ed25519 as curve } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { bytes, bytesOf, hex } from '../testing/bytes.ts'
import { backend as noble } from './noble.ts'
import { backend as node } from './node.ts'

const backends = [
  ['node', node],
  ['noble', noble],
] as const

/** RFC 8032 §7.1: secret key, public key, message, signature. */
const rfc8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155' +
      '5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
      '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const

describe.each(backends)('%s', (_, backend) => {
  test('verifies aside as it does at once', async () => {
    for (const [, publicKey, message, signature] of rfc8032) {
      const [key, signed] = [hex(publicKey), hex(signature)]
      expect(await backend.verifyAside(key, hex(message), signed)).toBe(true)
      const touched = signed.with(0, (signed[0] ?? 0) ^ 1)
      expect(await backend.verifyAside(key, hex(message), touched)).toBe(false)
    }
  })

  test('SHA-256 of FIPS 180-4 examples, in one part or many', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(toHex(backend.sha256(utf8('abc')))).toBe(abc)
    expect(toHex(backend.sha256(utf8('a'), utf8(''), utf8('bc')))).toBe(abc)
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    expect(toHex(backend.sha256())).toBe(empty)
  })

  test('a digest is written where it is wanted, over its own input as well', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    const target = new Uint8Array(40).fill(9)
    target.set(utf8('abc'), 2)
    backend.sha256Into(target, 4, target.subarray(2, 5))
    expect(toHex(target)).toBe(`09096162${abc}09090909`)
  })

  test.each(rfc8032)('RFC 8032 vector %s', (secret, publicKey, message, signature) => {
    expect(toHex(backend.publicKeyOf(hex(secret)))).toBe(publicKey)
    expect(toHex(backend.sign(hex(secret), hex(message)))).toBe(signature)
    expect(backend.verify(hex(publicKey), hex(message), hex(signature))).toBe(true)
    expect(backend.verify(hex(publicKey), hex(`${message}00`), hex(signature))).toBe(false)
  })

  test('results are plain byte arrays', () => {
    expect(backend.sha256(utf8('x')).constructor).toBe(Uint8Array)
    expect(backend.randomBytes(8).constructor).toBe(Uint8Array)
    expect(backend.publicKeyOf(new Uint8Array(32)).constructor).toBe(Uint8Array)
  })

  test('a signature that only cofactored verifiers accept is refused', () => {
    const { publicKey, message, signature } = torsionSignature()
    expect(curve.verify(signature, message, publicKey)).toBe(true)
    expect(backend.verify(publicKey, message, signature)).toBe(false)
  })

  test('s is below the group order', () => {
    const seed = new Uint8Array(32).fill(7)
    const message = utf8('m')
    const signature = backend.sign(seed, message)
    const s = readScalar(signature.subarray(32)) + curve.Point.Fn.ORDER
    const malleable = concat(signature.subarray(0, 32), writeScalar(s))
    expect(backend.verify(backend.publicKeyOf(seed), message, malleable)).toBe(false)
  })
})

test('both give the same hashes and signatures', () => {
  fc.assert(
    fc.property(bytesOf(32), bytes(), (seed, message) => {
      expect(node.sha256(message)).toEqual(noble.sha256(message))
      expect(node.publicKeyOf(seed)).toEqual(noble.publicKeyOf(seed))
      expect(node.sign(seed, message)).toEqual(noble.sign(seed, message))
    }),
    { numRuns: 30 },
  )
})

test('both agree on every damaged signature', () => {
  const seed = new Uint8Array(32).fill(3)
  const message = utf8('agreed')
  const signature = node.sign(seed, message)
  const position = fc.nat({ max: 63 })
  fc.assert(
    fc.property(position, fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const damaged = Uint8Array.from(signature)
      damaged[at] = byte
      const expected = byte === signature[at]
      expect(node.verify(node.publicKeyOf(seed), message, damaged)).toBe(expected)
      expect(noble.verify(node.publicKeyOf(seed), message, damaged)).toBe(expected)
    }),
    { numRuns: 40 },
  )
})

/** R carries a point of order 8, which multiplying by the cofactor hides. */
function torsionSignature() {
  const { Point } = curve
  const secret = 1234567n
  const nonce = 7654321n
  const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
  const publicKey = Point.BASE.multiply(secret).toBytes()
  const r = Point.BASE.multiply(nonce).add(torsion).toBytes()
  const message = utf8('torsion')
  const k = readScalar(sha512(concat(r, publicKey, message))) % Point.Fn.ORDER
  const s = (nonce + k * secret) % Point.Fn.ORDER
  return { publicKey, message, signature: concat(r, writeScalar(s)) }
}

function readScalar(littleEndian: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(littleEndian).reverse())}`)
}

function writeScalar(scalar: bigint): Uint8Array {
  return hex(scalar.toString(16).padStart(64, '0')).reverse()
}
