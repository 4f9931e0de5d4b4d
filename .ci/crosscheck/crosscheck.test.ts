/**
 * Our trees, proofs, tiles and notes against an implementation that shares no line with ours: the
 * one behind Go's checksum database. Both directions: what we make is checked by Go and what Go
 * makes by us; what is touched has to be refused by both.
 */
import { randomInt } from 'node:crypto'
import { fromBase64, toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519, sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import {
  consistencyProof,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from '@tillproof/shared/merkle/proof.ts'
import { tileBytes, tilesFor } from '@tillproof/shared/merkle/tiles.ts'
import { ed25519Signer, parseVkey, vkey } from '@tillproof/shared/note/key.ts'
import { signNote, verifyNote } from '@tillproof/shared/note/note.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, askGo, isGoPresent, type Question } from './go-tlog.ts'

const MOST = 2049
const RANDOM_SIZES = 150

const leaves = Array.from({ length: MOST }, (_, n) => leafHash(utf8(`leaf ${n}`)))
const read = leafReader(leaves)
const roots = rootsOfAll()
/** Each 2^k and its neighbours, and sizes that nobody chose. */
const edges = [...Array(12).keys()].flatMap(k => [2 ** k - 1, 2 ** k, 2 ** k + 1])
const sizes = [...edges, ...Array.from({ length: RANDOM_SIZES }, () => randomInt(1, 2001))]
  .filter(size => size > 0)
  .sort((a, b) => a - b)
const records = sizes.flatMap(size => indexesIn(size).map((at): [number, number] => [size, at]))
const trees = sizes.flatMap(size => oldSizesOf(size).map((old): [number, number] => [size, old]))
const tiles = sizes.flatMap((size, at): [number, number][] => [
  [sizes[at - 7] ?? 0, size],
  [0, size],
])
const seed = new Uint8Array(32).fill(9)
const name = 'example.com/log'
const texts = ['one line\n', 'two\n\nparts\n', '— looks like a signature AAAA\n', 'Ünïcödé ∎\n']
const keyId = vkey(name, 'ed25519', ed25519.publicKeyOf(seed)).split('+')[1] ?? ''
const notes = texts.map(text => signNote(text, [ed25519Signer(name, seed)]))
const touchedNotes = notes.map(note => note.replace(/[a-z]/, 'x'))

describe.skipIf(!isGoPresent())(`Go agrees, at ${sizes.length} sizes up to ${MOST}`, () => {
  let told: Answer
  beforeAll(() => {
    told = askGo(question())
  })

  test('on every root', () => {
    expect(told.Roots).toEqual(sizes.map(rootAt))
  })

  test('on inclusion proofs: the same hashes, and each verifies the other’s', () => {
    expect(told.Records.map(proof => proof ?? [])).toEqual(
      records.map(([size, at]) => inclusionProof(read, at, size).map(toBase64)),
    )
    for (const [i, [size, index]] of records.entries()) {
      const proof = (told.Records[i] ?? []).map(bytes)
      const claim = { leafHash: read(0, index), index, size, proof, root: bytes(rootAt(size)) }
      expect(verifyInclusion(claim)).toBe(true)
    }
    expect(told.RecordsAgreed.slice(0, records.length).every(agreed => agreed)).toBe(true)
  })

  test('on consistency proofs: the same hashes, and each verifies the other’s', () => {
    expect(told.Trees.map(proof => proof ?? [])).toEqual(
      trees.map(([size, old]) => consistencyProof(read, old, size).map(toBase64)),
    )
    for (const [i, [size2, size1]] of trees.entries()) {
      const proof = (told.Trees[i] ?? []).map(bytes)
      const [root1, root2] = [bytes(rootAt(size1)), bytes(rootAt(size2))]
      expect(verifyConsistency({ size1, root1, size2, root2, proof })).toBe(true)
    }
    expect(told.TreesAgreed.slice(0, trees.length).every(agreed => agreed)).toBe(true)
  })

  test('on what is no proof', () => {
    const [touchedRecords, touchedTrees] = [recordClaims().map(touch), treeClaims().map(touch)]
    expect(told.RecordsAgreed.slice(records.length)).toEqual(
      touchedRecords.map(claim =>
        verifyInclusion({
          leafHash: bytes(claim.LeafHash),
          index: claim.Index,
          size: claim.Size,
          proof: claim.Proof.map(bytes),
          root: bytes(claim.Root),
        }),
      ),
    )
    expect(told.TreesAgreed.slice(trees.length)).toEqual(
      touchedTrees.map(claim =>
        verifyConsistency({
          size1: claim.OldSize,
          root1: bytes(claim.OldRoot),
          size2: claim.Size,
          root2: bytes(claim.Root),
          proof: claim.Proof.map(bytes),
        }),
      ),
    )
    expect(told.RecordsAgreed.slice(records.length)).not.toContain(true)
  })

  test('on which tiles a growing tree writes, and on their bytes', () => {
    for (const [i, [old, size]] of tiles.entries()) {
      const ours = tilesFor(old, size).map(tile => ({
        Level: tile.level,
        Index: tile.index,
        Width: tile.width,
        SHA256: toBase64(sha256(tileBytes(read, tile))),
      }))
      const theirs = told.Tiles[i] ?? []
      expect(theirs).toEqual(expect.arrayContaining(ours))
      // Go also names narrower steps of a tile, and tiles above it that stay as they are.
      if (old === 0) expect(new Set(theirs.map(placeOf))).toEqual(new Set(ours.map(placeOf)))
    }
  })

  test('on signed notes: the same bytes, opened by the other, refused when touched', () => {
    expect(told.Signed).toEqual(notes)
    const key = parseVkey(vkey(name, 'ed25519', ed25519.publicKeyOf(seed)))
    const ours = [...notes, ...touchedNotes].map(note => verifyNote(note, key ? [key] : []).ok)
    expect(told.Opened).toEqual(ours)
    expect(ours).toEqual([true, true, true, true, false, false, false, false])
  })
})

function question(): Question {
  const [record, tree] = [recordClaims(), treeClaims()]
  return {
    Leaves: MOST,
    Roots: sizes,
    ProveRecords: records,
    ProveTrees: trees,
    CheckRecords: [...record, ...record.map(touch)],
    CheckTrees: [...tree, ...tree.map(touch)],
    Tiles: tiles,
    SigningKey: `PRIVATE+KEY+${name}+${keyId}+${toBase64(concat(Uint8Array.of(1), seed))}`,
    SignTexts: texts,
    VerifierKey: vkey(name, 'ed25519', ed25519.publicKeyOf(seed)),
    OpenNotes: [...notes, ...touchedNotes],
  }
}

function recordClaims(): Question['CheckRecords'] {
  return records.map(([Size, Index]) => {
    const Proof = inclusionProof(read, Index, Size).map(toBase64)
    return { Size, Index, Root: rootAt(Size), LeafHash: toBase64(read(0, Index)), Proof }
  })
}

function treeClaims(): Question['CheckTrees'] {
  return trees.map(([Size, OldSize]) => {
    const Proof = consistencyProof(read, OldSize, Size).map(toBase64)
    return { Size, OldSize, Root: rootAt(Size), OldRoot: rootAt(OldSize), Proof }
  })
}

/** By turns: a hash too many, one too few, one of another place, another root. */
function touch<T extends { Root: string; Proof: string[] }>(claim: T, at: number): T {
  const { Root, Proof } = claim
  const foreign = toBase64(sha256(utf8('foreign')))
  if (at % 4 === 1 && Proof.length > 0) return { ...claim, Proof: Proof.slice(1) }
  if (at % 4 === 2 && Proof.length > 0) return { ...claim, Proof: [foreign, ...Proof.slice(1)] }
  if (at % 4 === 3) return { ...claim, Root: foreign }
  return { ...claim, Proof: [...Proof, Root] }
}

function rootsOfAll(): string[] {
  const all: string[] = []
  let peaks = emptyPeaks
  for (const leaf of leaves) {
    peaks = appendLeaves(peaks, [leaf])
    all.push(toBase64(rootOf(peaks)))
  }
  return all
}

function rootAt(size: number): string {
  return roots[size - 1] ?? expect.fail(`no root of size ${size}`)
}

function indexesIn(size: number): number[] {
  return [...new Set([0, size - 1, randomInt(size), randomInt(size)])]
}

function oldSizesOf(size: number): number[] {
  const power = 2 ** Math.floor(Math.log2(size))
  const olds = [1, power - 1, power, power + 1, size - 1, size, randomInt(1, size + 1)]
  return [...new Set(olds)].filter(old => old >= 1 && old <= size)
}

function bytes(base64: string): Uint8Array {
  return fromBase64(base64) ?? expect.fail(`no base64: ${base64}`)
}

function placeOf({ Level, Index }: Answer['Tiles'][number][number]): string {
  return `${Level}/${Index}`
}
