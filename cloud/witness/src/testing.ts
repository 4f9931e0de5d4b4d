/** A log for tests of witnesses: real keys, a real tree, requests as a sequencer sends them. */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { consistencyProof, rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Signer, vkey } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { formatRequest } from './request.ts'

export type TestLog = {
  origin: string
  vkey: string
  /** The signed checkpoint at `size`. */
  checkpoint(size: number): string
  /** The body that asks for `size`, with the proof from `oldSize`. */
  request(oldSize: number, size: number): string
}

/** @param story two logs of one story agree; with another one they fork, from leaf `from` on */
export function testLog(origin: string, key = ed25519.generate(), story = 'a', from = 0): TestLog {
  const told = (i: number) => (i < from ? 'a' : story)
  const leaves = Array.from({ length: 2000 }, (_, i) => leafHash(utf8(`${told(i)} ${i}`)))
  const read = leafReader(leaves)
  const signer = ed25519Signer(origin, key.privateKey)
  const checkpoint = (size: number) =>
    signNote(formatCheckpoint({ origin, size, root: rootOfRange(read, 0, size) }), [signer])
  return {
    origin,
    vkey: vkey(origin, 'ed25519', key.publicKey),
    checkpoint,
    request(oldSize, size) {
      const proof = oldSize <= size ? consistencyProof(read, oldSize, size) : []
      return formatRequest({ oldSize, proof, note: checkpoint(size) })
    },
  }
}
