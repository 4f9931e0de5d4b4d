/** Decryption of notifications against test case 16 of the GCM specification, and tampering. */
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { expect, test } from 'vitest'
import { openResource } from './resource.ts'

const hex = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array()

// McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test case 16.
const key = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308')
const plain =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
  '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39'
const sealed = {
  nonce: hex('cafebabefacedbaddecaf888'),
  associatedData: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  ciphertext: hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  ),
}

test('the published vector opens', () => {
  expect(Buffer.from(openResource(key, sealed) ?? []).toString('hex')).toBe(plain)
})

test('one changed bit anywhere, a short tag or a wrong nonce opens nothing', () => {
  for (const part of ['nonce', 'associatedData', 'ciphertext'] as const) {
    for (let at = 0; at < sealed[part].length; at++) {
      const changed = Uint8Array.from(sealed[part], (byte, i) => (i === at ? byte ^ 1 : byte))
      expect(openResource(key, { ...sealed, [part]: changed })).toBeUndefined()
    }
  }
  const cut = sealed.ciphertext.subarray(0, 15)
  expect(openResource(key, { ...sealed, ciphertext: cut })).toBeUndefined()
  expect(openResource(key, { ...sealed, nonce: new Uint8Array(16) })).toBeUndefined()
  const other = Uint8Array.from(key, (byte, i) => (i === 31 ? byte ^ 1 : byte))
  expect(openResource(other, sealed)).toBeUndefined()
})
