/** A verifier that was asked aside answers as the plain one, whatever it is asked afterwards. */
import { expect, test } from 'vitest'
import { ed25519 } from '../crypto/crypto.ts'
import { verifiedAside } from './aside.ts'
import { ed25519Signer, ed25519Verifier, sm2Signer, type Verifier } from './key.ts'
import { signNote, verifyNote } from './note.ts'

const seed = new Uint8Array(32).fill(9)
const signer = ed25519Signer('log', seed)
const verifier = ed25519Verifier('log', ed25519.publicKeyOf(seed))
const note = signNote('one\n', [signer])
const other = signNote('two\n', [signer])
/** The text of one under the signature of the other. */
const mixed = `one\n\n${other.split('\n\n')[1]}`

test.each([
  ['signed', note, true],
  ['with the signature of another', mixed, false],
  ['signed by nobody it knows', signNote('one\n', [sm2Signer('log', seed)]), false],
  ['that is no note', 'one', false],
])('a note %s', async (_, text, isSigned) => {
  const aside = await verifiedAside(text, verifier)
  expect(verifyNote(text, [aside])).toEqual(verifyNote(text, [verifier]))
  expect(verifyNote(text, [aside]).ok).toBe(isSigned)
})

test('its answer is for that note alone', async () => {
  const never: Verifier = { ...verifier, verify: () => false }
  const aside = await verifiedAside(note, never)
  expect(verifyNote(note, [aside]).ok).toBe(true)
  expect(verifyNote(other, [aside]).ok).toBe(false)
})
