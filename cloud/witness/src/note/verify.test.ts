/** Notes of others and of our own, by the keys of their signers and by wrong ones. */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { sm2 } from '@tillproof/shared/crypto/sm2.ts'
import { cosigner, ed25519Signer, sm2Signer, vkey } from '@tillproof/shared/note/key.ts'
import { addSignature, signatureLine, signNote } from '@tillproof/shared/note/note.ts'
import { describe, expect, test } from 'vitest'
import { noteReportText, parseKeys, verifyNoteBy } from './verify.ts'

/** The example of golang.org/x/mod/sumdb/note. */
const neumann = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const note = [
  'If you think cryptography is the answer to your problem,',
  "then you don't know what your problem is.",
  '',
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUg' +
    'YN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
  '',
].join('\n')
const log = ed25519.generate()
const witness = ed25519.generate()
const logKey = vkey('example.com/log', 'ed25519', log.publicKey)
const witnessKey = vkey('witness.example', 'cosignature', witness.publicKey)
const signed = signNote('example.com/log\n0\nAA==\n', [
  ed25519Signer('example.com/log', log.privateKey),
])
const cosigned = addSignature(
  signed,
  signatureLine(
    cosigner('witness.example', witness.privateKey).at(1_700_000_000),
    'example.com/log\n0\nAA==\n',
  ),
)

function verify(text: string, ...vkeys: string[]) {
  const parsed = parseKeys(vkeys)
  return 'keys' in parsed ? verifyNoteBy(utf8(text), parsed.keys) : expect.fail(parsed.wrong)
}

test('a note that Go signed', () => {
  expect(verify(note, neumann)).toMatchObject({
    ok: true,
    verified: [{ name: 'PeterNeumann', keyId: 'c74f20a3', type: 'ed25519', at: null }],
    unknown: [],
  })
})

test('a cosignature says when it was made', () => {
  const report = verify(cosigned, witnessKey)
  expect(report).toMatchObject({
    ok: true,
    verified: [{ name: 'witness.example', type: 'cosignature', at: '2023-11-14T22:13:20.000Z' }],
    unknown: [{ name: 'example.com/log' }],
  })
  expect(noteReportText(report)).toMatch(/^verified: witness.example \(cosignature, 2023-11-14T/)
  expect(verify(cosigned, witnessKey, logKey, logKey)).toMatchObject({
    verified: [{ name: 'witness.example' }, { name: 'example.com/log' }],
  })
})

test('a second key of SM2 is verified when it is asked for', () => {
  const privateKey = new Uint8Array(32).fill(3)
  const second = vkey('example.com/log', 'sm2', sm2.publicKeyOf(privateKey))
  const signer = sm2Signer('example.com/log', privateKey)
  const both = addSignature(signed, signatureLine(signer, 'example.com/log\n0\nAA==\n'))
  expect(verify(both, logKey, second)).toMatchObject({
    ok: true,
    verified: [{ type: 'ed25519' }, { type: 'sm2', at: null }],
  })
  expect(verify(both, logKey)).toMatchObject({ ok: true, unknown: [{ name: 'example.com/log' }] })
  expect(verify(signed, logKey, second)).toMatchObject({ ok: false, error: 'key-missing' })
})

describe('refused', () => {
  const other = vkey('example.com/log', 'ed25519', witness.publicKey)
  test.each([
    ['another text', cosigned.replace('\n0\n', '\n1\n'), [logKey], 'bad-signature'],
    ['nobody who was asked for', note, [logKey], 'unsigned'],
    ['the right name with another key', cosigned, [other], 'unsigned'],
    ['only one of two that were asked for', signed, [logKey, witnessKey], 'key-missing'],
    [
      'two signatures by one key',
      signed + signed.split('\n\n')[1],
      [logKey],
      'duplicate-signature',
    ],
    ['no signature', 'text\n', [logKey], 'malformed'],
  ])('%s', (_what, text, keys, error) => {
    const report = verify(text, ...keys)
    expect(report).toMatchObject({ ok: false, error })
    expect(noteReportText(report)).toMatch(/^not verified: /)
  })

  test('bytes that are no text', () => {
    const { keys } = parseKeys([logKey]) as { keys: [] }
    expect(verifyNoteBy(Uint8Array.of(0xff, 0xfe), keys)).toMatchObject({ error: 'malformed' })
  })

  test.each([
    ['a key with a wrong id', neumann.replace('c74f20a3', 'c74f20a4')],
    ['a key of another type', `x+00000000+${btoa(`\x02${'a'.repeat(32)}`)}`],
    ['no key at all', 'hello'],
  ])('%s', (_what, text) => {
    expect(parseKeys([text])).toEqual({ wrong: text })
  })
})
