/** Orders to erase: written and read back, and nothing that is not one. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ed25519 } from '../crypto/crypto.ts'
import { ed25519Signer, ed25519Verifier } from '../note/key.ts'
import { signNote } from '../note/note.ts'
import { formatEraseOrder, isMeant, openEraseOrder, parseEraseOrder } from './erase-order.ts'
import { formatReceipt } from './receipt.ts'

const ORIGIN = 'demo.tillproof.local/d/d0123456789ab/1'
const key = ed25519.generate()
const signer = ed25519Signer('demo.tillproof.local/receipts', key.privateKey)
const verifier = ed25519Verifier('demo.tillproof.local/receipts', key.publicKey)
const sealedHash = new Uint8Array(32).fill(0xab)
const order = { origin: ORIGIN, index: 42, sealedHash, reason: 'asked for by the customer' }
/** 32 bytes of 0xab in base64, by hand: 10 times "q6ur", then two bytes. */
const TEXT = `tillproof/erase-order/v1
${ORIGIN}
42
${'q6ur'.repeat(10)}q6s=
asked for by the customer
`

test('its text is as specified, and reads back', () => {
  expect(formatEraseOrder(order)).toBe(TEXT)
  expect(parseEraseOrder(TEXT)).toEqual(order)
  expect(openEraseOrder(signNote(TEXT, [signer]), verifier)).toEqual(order)
})

describe('is no order', () => {
  test.each([
    ['another header', TEXT.replace('/v1', '/v2')],
    ['an index with a leading zero', TEXT.replace('\n42\n', '\n042\n')],
    ['a hash of zeros, which nothing was sealed by', TEXT.replace(/q6.*=/, `${'A'.repeat(43)}=`)],
    ['a hash too short', TEXT.replace('q6ur', '')],
    ['no reason', TEXT.replace('asked for by the customer', '')],
    ['a line more', `${TEXT}more\n`],
    ['no last line end', TEXT.slice(0, -1)],
  ])('%s', (_name, text) => {
    expect(parseEraseOrder(text)).toBeUndefined()
  })

  test('a receipt by the same key, or an order by another', () => {
    const receipt = formatReceipt({ origin: ORIGIN, size: 42, root: sealedHash, atMs: 1 })
    expect(openEraseOrder(signNote(receipt, [signer]), verifier)).toBeUndefined()
    const stranger = ed25519Signer(signer.name, ed25519.generate().privateKey)
    expect(openEraseOrder(signNote(TEXT, [stranger]), verifier)).toBeUndefined()
  })

  test('and no text makes reading throw', async () => {
    await fc.assert(
      fc.property(fc.string(), text => {
        expect(parseEraseOrder(text)).toBeUndefined()
      }),
    )
  })
})

test('it means the entry with its hash and no other', () => {
  const entry = new Uint8Array(64).fill(1)
  entry.set(sealedHash, 32)
  expect(isMeant(order, entry)).toBe(true)
  expect(isMeant(order, entry.with(63, 1))).toBe(false)
})
