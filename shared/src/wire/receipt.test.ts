/** Receipts: the golden one, and every text that is nearly one. */
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/receipt.json' with { type: 'json' }
import { ed25519Signer, ed25519Verifier, parseVkey } from '../note/key.ts'
import { signNote } from '../note/note.ts'
import { hex } from '../testing/bytes.ts'
import { formatReceipt, openReceipt, parseReceipt } from './receipt.ts'

const receipt = { ...vectors.receipt, root: hex(vectors.receipt.root) }
const verifier = parseVkey(vectors.vkey) ?? ed25519Verifier('none', new Uint8Array(32))
const signer = ed25519Signer(verifier.name, hex(vectors.privateKey))

test('the golden receipt', () => {
  expect(formatReceipt(receipt)).toBe(vectors.text)
  expect(signNote(vectors.text, [signer])).toBe(vectors.signed)
  expect(parseReceipt(vectors.text)).toEqual(receipt)
  expect(openReceipt(vectors.signed, verifier)).toEqual(receipt)
})

test('another signer, or another text by the right one, is no receipt', () => {
  const other = ed25519Signer('demo.tillproof.local/receipts', new Uint8Array(32).fill(9))
  expect(openReceipt(signNote(vectors.text, [other]), verifier)).toBeUndefined()
  expect(openReceipt(signNote('tillproof/other/v1\n', [signer]), verifier)).toBeUndefined()
  expect(openReceipt(vectors.signed.replace('\n8\n', '\n9\n'), verifier)).toBeUndefined()
})

describe('malformed', () => {
  const lines = vectors.text.split('\n')
  const withLine = (at: number, line: string) =>
    lines.map((old, i) => (i === at ? line : old)).join('\n')
  test.each([
    ['nothing', ''],
    ['another version', withLine(0, 'tillproof/receipt/v2')],
    ['no origin', withLine(1, '')],
    ['a size in hex', withLine(2, '0x8')],
    ['a size with a zero before it', withLine(2, '08')],
    ['a short root', withLine(3, 'AAAA')],
    ['a time with a fraction', withLine(4, '1.5')],
    ['a time beyond the safe range', withLine(4, '9007199254740993')],
    ['a line more', `${vectors.text}x\n`],
    ['no newline at the end', vectors.text.slice(0, -1)],
  ])('%s', (_, text) => {
    expect(parseReceipt(text)).toBeUndefined()
  })
})
