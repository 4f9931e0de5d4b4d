/** Vector files as they are published, and touched, broken and missing ones. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { samplesFolder } from '@tillproof/shared/testing/samples.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkVectors, exitCodeOf, reportText, unreadableText } from './check.ts'

const samples = samplesFolder('tlog')

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-vectors-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

describe.skipIf(samples === undefined)('the published ones', () => {
  const folder = samples ?? ''

  test('all agree, whichever way they are named', async () => {
    const merkle = join(folder, 'merkle')
    const report = await checkVectors([merkle, join(folder, 'rfc6962-roots-0-8.json')])
    expect(report).toMatchObject({ disagreements: [], unreadable: [] })
    expect(report.byKind).toEqual({
      inclusion: { vectors: 52, agree: 52 },
      consistency: { vectors: 53, agree: 53 },
      roots: { vectors: 1, agree: 1 },
    })
    expect(reportText(report)).toContain('106 of 106 vectors agree')
    expect(exitCodeOf(report)).toBe(0)
  })

  test('one touched hash is a disagreement that names its file', async () => {
    const copy = join(dir, 'touched')
    cpSync(join(folder, 'merkle', 'inclusion'), copy, { recursive: true })
    const file = join(copy, '2', 'happy-path.json')
    const vector = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify({ ...vector, leafHash: vector.root }))
    const report = await checkVectors([copy])
    expect(report).toMatchObject({ vectors: 52, agree: 51, disagreements: [{ file }] })
    expect(reportText(report)).toContain(`✗ ${file} (inclusion)`)
    expect(exitCodeOf(report)).toBe(1)
  })

  test('a wrong root among the roots is named with its size', async () => {
    const file = join(dir, 'roots.json')
    const vector = JSON.parse(readFileSync(join(folder, 'rfc6962-roots-0-8.json'), 'utf8'))
    vector.rootsHex[5] = vector.rootsHex[4]
    writeFileSync(file, JSON.stringify(vector))
    const report = await checkVectors([file])
    expect(report.disagreements[0]?.fault).toMatch(/^the root of size 5 is 4e3bbb1f/)
  })
})

/** RFC 6962: a tree of one leaf has the leaf's hash as root; these are of the empty entry. */
const leaf = 'bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0='
const single = { leafIdx: 0, treeSize: 1, root: leaf, leafHash: leaf, proof: null, wantErr: false }

test('a file may hold several vectors; sizes beyond 2^53 are refused, not rounded', async () => {
  const file = join(dir, 'several.json')
  const huge = JSON.stringify(single).replace('"treeSize":1', '"treeSize":18446744073709551615')
  writeFileSync(file, `[${JSON.stringify(single)},${huge.replace('false', 'true')}]`)
  expect(await checkVectors([file])).toMatchObject({ vectors: 2, agree: 2 })
})

test('what cannot be read is said, file by file, and the rest is still run', async () => {
  const named = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const good = named('good.json', JSON.stringify(single))
  const bad = [
    join(dir, 'absent.json'),
    named('cut.json', '{"leafIdx": 0,'),
    named('other.json', '{"answer": 42}'),
    named('rubbish.json', JSON.stringify({ ...single, root: 'A*==' })),
    named('none.json', '[]'),
  ]
  const report = await checkVectors([...bad, good])
  expect(report).toMatchObject({ vectors: 1, agree: 1 })
  expect(report.unreadable.map(({ file }) => file)).toEqual(bad)
  expect(unreadableText(report)).toContain('absent.json: ENOENT')
  expect(unreadableText(report)).toContain('rubbish.json: root is not base64')
  expect(exitCodeOf(report)).toBe(2)
})
