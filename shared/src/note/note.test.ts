/** Signed notes: golden vectors, and the ways in which other parsers were fooled. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/checkpoint.json' with { type: 'json' }
import { toBase64 } from '../bytes/base64.ts'
import { concat, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { ed25519 } from '../crypto/crypto.ts'
import { hex } from '../testing/bytes.ts'
import type { Signer, Verifier } from './key.ts'
import { cosigner, ed25519Signer, ed25519Verifier, parseVkey } from './key.ts'
import {
  addSignature,
  MAX_NOTE_BYTES,
  parseNote,
  parseSignatureLines,
  signatureLine,
  signNote,
  verifyNote,
} from './note.ts'

const { device: deviceKey, log: logKey, witness: witnessKey } = vectors.keys
const signerOf = (key: typeof logKey): Signer => ed25519Signer(key.name, hex(key.privateKey))
const verifierOf = (key: typeof logKey): Verifier => ed25519Verifier(key.name, hex(key.publicKey))

const text = vectors.cloudCheckpoint.text
const log = signerOf(logKey)
const logVerifier = verifierOf(logKey)
const note = signNote(text, [log])

describe('golden vectors', () => {
  test('a device head', () => {
    expect(signNote(vectors.deviceHead.text, [signerOf(deviceKey)])).toBe(vectors.deviceHead.signed)
  })

  test('a cosigned checkpoint', () => {
    const { name, privateKey, vkey } = witnessKey
    const witness = cosigner(name, hex(privateKey))
    const line = signatureLine(witness.at(vectors.cloudCheckpoint.cosignedAtS), text)
    expect(addSignature(note, line)).toBe(vectors.cloudCheckpoint.signed)
    const verifiers = [logVerifier, parseVkey(vkey)].filter(each => each !== undefined)
    const verified = verifyNote(vectors.cloudCheckpoint.signed, verifiers)
    expect(verified.ok && verified.verified.map(each => each.name)).toEqual([log.name, name])
  })
})

/** The example of C2SP signed-note; its key is not published, so it parses and stays unverified. */
const published = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore ${[
  'NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC',
  '+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=',
].join('')}
`

describe('parsing', () => {
  test('the text ends at the last empty line', () => {
    const parsed = parseNote(published)
    expect(parsed.ok && parsed.text.endsWith('ed è subito sera.\n')).toBe(true)
    expect(parsed.ok && parsed.signatures.map(each => [each.name, each.keyId])).toEqual([
      ['quasimodo.example/salvatore', '367ba04b'],
    ])
    expect(verifyNote(published, [logVerifier])).toEqual({ ok: false, error: 'unsigned' })
  })

  test('bytes parse as their text does', () => {
    expect(parseNote(utf8(note))).toEqual(parseNote(note))
  })

  const line = signatureLine(log, text)
  test.each([
    ['nothing', ''],
    ['no empty line', text],
    ['no signature', `${text}\n`],
    ['no newline at the end', note.slice(0, -1)],
    ['an empty line at the end', `${note}\n`],
    ['a hyphen for the dash', note.replace('—', '-')],
    ['two spaces', note.replace(`${log.name} `, `${log.name}  `)],
    ['a plus in the name', note.replace(`— ${log.name}`, '— a+b')],
    ['a no-break space in the name', note.replace(`— ${log.name}`, '— a\u00a0b')],
    ['no name', note.replace(`— ${log.name} `, '—  ')],
    ['a carriage return', note.replace('\n', '\r\n')],
    ['a tab', note.replace('demo', 'de\tmo')],
    ['half of a surrogate pair', note.replace('demo', '\ud800')],
    ['uneven base64', note.replace(/=\n$/, '\n')],
    ['rubbish in base64', note.replace(/(.)=\n$/, '*=\n')],
    ['only a key id', `${text}\n— ${log.name} AAAAAA==\n`],
    ['a word after the signature', note.replace(/\n$/, ' x\n')],
    ['too many lines', `${text}\n${line.repeat(65)}`],
    ['too many bytes', `${'x'.repeat(MAX_NOTE_BYTES)}${note}`],
  ])('%s is malformed', (_, damaged) => {
    expect(parseNote(damaged)).toEqual({ ok: false, error: 'malformed' })
  })

  test('bytes that are not UTF-8 are malformed', () => {
    expect(parseNote(concat(Uint8Array.of(0xff), utf8(note)))).toEqual({
      ok: false,
      error: 'malformed',
    })
  })
})

describe('verifying', () => {
  const otherSeed = new Uint8Array(32).fill(9)
  const otherKey = ed25519Signer('other/log', otherSeed)
  const otherPublicKey = ed25519.publicKeyOf(otherSeed)

  test('unknown keys are handed back, not believed', () => {
    const verified = verifyNote(signNote(text, [otherKey, log]), [logVerifier])
    expect(verified.ok && verified.verified.map(each => each.name)).toEqual([log.name])
    expect(verified.ok && verified.unknown.map(each => each.name)).toEqual([otherKey.name])
  })

  test('the same name with another key is unknown', () => {
    const imposter = ed25519Signer(log.name, new Uint8Array(32).fill(9))
    expect(verifyNote(signNote(text, [imposter]), [logVerifier])).toEqual({
      ok: false,
      error: 'unsigned',
    })
  })

  test('a known key with a bad signature spoils the note, whoever else signed', () => {
    const forged: Signer = { ...log, sign: () => new Uint8Array(64) }
    const both = signNote(text, [otherKey, forged])
    const known = [logVerifier, ed25519Verifier('other/log', otherPublicKey)]
    expect(verifyNote(both, known)).toEqual({ ok: false, error: 'bad-signature' })
  })

  test('a key that signs twice is refused', () => {
    expect(verifyNote(signNote(text, [log, log]), [logVerifier])).toEqual({
      ok: false,
      error: 'duplicate-signature',
    })
  })

  test('text moved over the empty line does not verify', () => {
    const moved = note.replace('demo.tillproof.local/log\n', 'demo.tillproof.local/log\n\n')
    expect(verifyNote(moved, [logVerifier]).ok).toBe(false)
  })

  test('no changed byte verifies', () => {
    const bytes = utf8(note)
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(change, ([at, mask]) => {
        const changed = Uint8Array.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ mask
        expect(verifyNote(changed, [logVerifier]).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

describe('writing', () => {
  test.each([
    ['no newline', 'text'],
    ['nothing', ''],
    ['a tab', 'a\tb\n'],
  ])('%s cannot be signed', (_, bad) => {
    expect(() => signNote(bad, [log])).toThrowError(
      expect.objectContaining({ code: 'note.text-invalid' }),
    )
  })

  test('a line is added once', () => {
    const line = signatureLine(ed25519Signer('w', new Uint8Array(32)), text)
    const once = addSignature(note, line)
    expect(once).toBe(`${note}${line}`)
    expect(addSignature(once, line)).toBe(once)
    expect(addSignature(note, `${line}${signatureLine(log, text)}`)).toBe(once)
  })

  test('signature lines alone are read back', () => {
    const line = signatureLine(log, text)
    expect(parseSignatureLines(line)?.map(each => [each.name, each.keyId, each.line])).toEqual([
      [log.name, log.keyId, line],
    ])
    expect(parseSignatureLines('')).toBeUndefined()
    expect(parseSignatureLines(`${line}x`)).toBeUndefined()
  })

  test('a key id is the four bytes before the signature', () => {
    const [signature] = parseSignatureLines(signatureLine(log, text)) ?? []
    const encoded = toBase64(concat(hex(log.keyId), signature?.signature ?? new Uint8Array()))
    expect(signature?.line).toBe(`— ${log.name} ${encoded}\n`)
    expect(toHex(signature?.signature ?? new Uint8Array())).toHaveLength(128)
  })
})
