/** Checkpoint texts: the golden ones, the published one, and what only looks like one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/checkpoint.json' with { type: 'json' }
import { toHex } from '../bytes/hex.ts'
import { EMPTY_ROOT } from '../merkle/hash.ts'
import { bytesOf, hex } from '../testing/bytes.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { ed25519Signer, ed25519Verifier } from './key.ts'
import { signNote } from './note.ts'

test.each([vectors.deviceHead, vectors.cloudCheckpoint])('golden $origin', golden => {
  const { origin, size, root, text } = golden
  expect(formatCheckpoint({ origin, size, root: hex(root) })).toBe(text)
  expect(parseCheckpoint(text)).toEqual({ origin, size, root: hex(root), extensions: [] })
})

test('the example of tlog-checkpoint, and one with extension lines', () => {
  const example =
    'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
  expect(parseCheckpoint(example)).toMatchObject({ size: 20852163, extensions: [] })
  expect(parseCheckpoint(`${example}extension one\ntwo\n`)?.extensions).toEqual([
    'extension one',
    'two',
  ])
})

test('heads survive the round trip', () => {
  const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(size, bytesOf(32), (leaves, root) => {
      const head = { origin: 'demo/log', size: leaves, root }
      expect(parseCheckpoint(formatCheckpoint(head))).toEqual({ ...head, extensions: [] })
    }),
  )
})

const root = 'bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0='
describe('not a checkpoint', () => {
  test.each([
    ['nothing', ''],
    ['two lines', 'demo/log\n1\n'],
    ['no origin', `\n1\n${root}\n`],
    ['a size with a zero before it', `demo/log\n01\n${root}\n`],
    ['a negative size', `demo/log\n-1\n${root}\n`],
    ['a size in hex', `demo/log\n0x1\n${root}\n`],
    ['a size beyond the safe range', `demo/log\n9007199254740992\n${root}\n`],
    ['a short root', 'demo/log\n1\nbjQLnP8=\n'],
    ['a root with stray bits', `demo/log\n1\n${root.replace('B0=', 'B1=')}\n`],
    ['no newline at the end', `demo/log\n1\n${root}`],
    ['an empty line', `demo/log\n1\n${root}\n\n`],
    ['an empty line between extensions', `demo/log\n1\n${root}\na\n\nb\n`],
    ['size 0 with another root than the empty one', `demo/log\n0\n${root}\n`],
  ])('%s', (_, text) => {
    expect(parseCheckpoint(text)).toBeUndefined()
  })

  test('size 0 has the empty root', () => {
    const text = formatCheckpoint({ origin: 'demo/log', size: 0, root: EMPTY_ROOT })
    expect(toHex(parseCheckpoint(text)?.root ?? new Uint8Array())).toBe(toHex(EMPTY_ROOT))
  })
})

describe('opening a signed checkpoint', () => {
  const { log: key } = vectors.keys
  const verifier = ed25519Verifier(key.name, hex(key.publicKey))
  const signer = ed25519Signer(key.name, hex(key.privateKey))
  const { signed, size } = vectors.cloudCheckpoint

  test('gives the checkpoint', () => {
    expect(openCheckpoint(signed, signer.name, [verifier])).toMatchObject({
      ok: true,
      checkpoint: { origin: signer.name, size },
    })
  })

  test('refuses another origin, even well signed', () => {
    expect(openCheckpoint(signed, 'other/log', [verifier])).toEqual({ ok: false, error: 'foreign' })
  })

  test('refuses another text and another key', () => {
    const note = signNote('hello\n', [signer])
    expect(openCheckpoint(note, signer.name, [verifier])).toEqual({
      ok: false,
      error: 'not-a-checkpoint',
    })
    expect(openCheckpoint(signed, signer.name, [])).toEqual({ ok: false, error: 'unsigned' })
  })
})
