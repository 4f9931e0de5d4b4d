/** vkeys, key ids and cosignatures: golden vectors and everything that is nearly one. */
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/checkpoint.json' with { type: 'json' }
import { toBase64 } from '../bytes/base64.ts'
import { concat, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { ed25519, sha256 } from '../crypto/crypto.ts'
import { sm2 } from '../crypto/sm2.ts'
import { hex } from '../testing/bytes.ts'
import type { KeyType } from './key.ts'
import {
  cosignatureTimeS,
  cosigner,
  ed25519Signer,
  ed25519Verifier,
  parseVkey,
  sm2Signer,
  vkey,
} from './key.ts'
import { isKeyName } from './key-name.ts'
import { signNote, verifyNote } from './note.ts'

describe('vkeys', () => {
  test.each(Object.values(vectors.keys))('golden: $name', key => {
    expect(vkey(key.name, key.type as KeyType, hex(key.publicKey))).toBe(key.vkey)
    const parsed = parseVkey(key.vkey)
    expect(parsed).toMatchObject({ name: key.name, type: key.type })
    expect(toHex(parsed?.publicKey ?? new Uint8Array())).toBe(key.publicKey)
  })

  /** From the signed-note implementation of Go's x/mod: PeterNeumann+c74f20a3+… */
  test('a vkey that Go wrote', () => {
    const go = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
    expect(parseVkey(go)).toMatchObject({
      name: 'PeterNeumann',
      keyId: 'c74f20a3',
      type: 'ed25519',
    })
  })

  const good = vectors.keys.log.vkey
  const smallOrder = concat(Uint8Array.of(1), hex(`01${'00'.repeat(31)}`))
  test.each([
    ['nothing', ''],
    ['another key id', good.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    ['a key id in upper case', good.replace(/\+[0-9a-f]{8}\+/, id => id.toUpperCase())],
    ['another name', `x${good}`],
    ['no name', good.slice(good.indexOf('+'))],
    ['a space in the name', `a b${good.slice(good.indexOf('+'))}`],
    ['a short key', vkey('k', 'ed25519', new Uint8Array(31).fill(1))],
    ['an unknown type', `k+00000000+${toBase64(concat(Uint8Array.of(2), new Uint8Array(32)))}`],
    ['a key of small order', vkey('k', 'ed25519', smallOrder.subarray(1))],
    ['a newline at the end', `${good}\n`],
  ])('%s is refused', (_, text) => {
    expect(parseVkey(text)).toBeUndefined()
  })
})

describe('a key of SM2', () => {
  const privateKey = new Uint8Array(32).fill(3)
  const publicKey = sm2.publicKeyOf(privateKey)
  const key = vkey('demo/log', 'sm2', publicKey)
  const text = 'demo/log\n0\nAA==\n'

  test('stands behind 0xff and the name of its type', () => {
    const typed = concat(Uint8Array.of(0xff), utf8('tillproof/sm2-sm3/v1\n'), publicKey)
    expect(key.split('+').slice(2).join('+')).toBe(toBase64(typed))
    const id = sha256(utf8('demo/log\n'), typed).subarray(0, 4)
    expect(key.split('+')[1]).toBe(toHex(id))
    expect(parseVkey(key)).toMatchObject({ name: 'demo/log', type: 'sm2', publicKey })
  })

  test('verifies its signer’s line and no other; who does not know it passes it over', () => {
    const ed = ed25519.generate()
    const note = signNote(text, [
      ed25519Signer('demo/log', ed.privateKey),
      sm2Signer('demo/log', privateKey),
    ])
    const first = ed25519Verifier('demo/log', ed.publicKey)
    const verifier = parseVkey(key)
    if (!verifier) return expect.unreachable()
    expect(verifyNote(note, [verifier])).toMatchObject({ ok: true, unknown: [{}] })
    expect(verifyNote(note, [first, verifier])).toMatchObject({ ok: true, unknown: [] })
    expect(verifyNote(note, [first])).toMatchObject({ ok: true, unknown: [{}] })
    const forged = note.replace('\n0\n', '\n1\n')
    expect(verifyNote(forged, [verifier])).toEqual({ ok: false, error: 'bad-signature' })
  })

  test.each([
    ['a point beside the curve', vkey('k', 'sm2', publicKey.with(64, 1))],
    ['half a point', vkey('k', 'sm2', publicKey.subarray(0, 33))],
    ['the type alone', vkey('k', 'sm2', new Uint8Array())],
    ['another long type', vkeyOf('tillproof/sm2-sm3/v2\n')],
  ])('%s is refused', (_, bad) => {
    expect(parseVkey(bad)).toBeUndefined()
  })

  function vkeyOf(type: string): string {
    const typed = concat(Uint8Array.of(0xff), utf8(type), publicKey)
    return `k+${toHex(sha256(utf8('k\n'), typed).subarray(0, 4))}+${toBase64(typed)}`
  }
})

describe('key names', () => {
  test('may be any text without spaces, plus and control characters', () => {
    expect(isKeyName('demo.tillproof.local/d/d0123456789ab/1')).toBe(true)
    expect(isKeyName('放贷人')).toBe(true)
  })

  test.each([
    '',
    'a b',
    'a+b',
    'a\u00a0b',
    'a\u2003b',
    'a\u3000b',
    'a\nb',
    'a\u0085b',
    'x'.repeat(257),
  ])('%j is none', name => {
    expect(isKeyName(name)).toBe(false)
    expect(() => ed25519Signer(name, new Uint8Array(32))).toThrowError(
      expect.objectContaining({ code: 'note.key-invalid' }),
    )
  })
})

describe('cosignatures', () => {
  const seed = new Uint8Array(32).fill(5)
  const witness = cosigner('w.example', seed)
  const verifier = parseVkey(vkey('w.example', 'cosignature', ed25519.publicKeyOf(seed)))
  const text = 'demo/log\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n'

  test('state their time', () => {
    const signature = witness.at(1679315147).sign(text)
    expect(signature).toHaveLength(72)
    expect(cosignatureTimeS(signature)).toBe(1679315147)
    expect(verifier?.verify(text, signature)).toBe(true)
  })

  test('another time, another text or a plain signature do not verify', () => {
    const signature = witness.at(1679315147).sign(text)
    const later = Uint8Array.from(signature)
    later[7] = (later[7] ?? 0) + 1
    expect(verifier?.verify(text, later)).toBe(false)
    expect(verifier?.verify(text.replace('1', '2'), signature)).toBe(false)
    expect(verifier?.verify(text, ed25519.sign(seed, new Uint8Array()))).toBe(false)
    expect(verifier?.verify(text, new Uint8Array(3))).toBe(false)
  })

  test('a time beyond the safe range is none', () => {
    const signature = concat(new Uint8Array(8).fill(0xff), new Uint8Array(64))
    expect(cosignatureTimeS(signature)).toBeUndefined()
    expect(verifier?.verify(text, signature)).toBe(false)
  })

  test('the same key under the two types has two ids', () => {
    expect(witness.keyId).not.toBe(ed25519Signer('w.example', seed).keyId)
  })
})
