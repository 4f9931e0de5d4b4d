/** Where the embedded PostgreSQL goes, also below a folder that only its owner can search. */
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { choosePlace } from './postgres-place.ts'

test('a folder keeps its place; a deleted one leaves nothing that is used again', async () => {
  // mkdtemp makes it searchable by its owner only.
  const parent = await mkdtemp(join(tmpdir(), 'tillproof-place-'))
  const dir = join(parent, 'postgres')
  const first = await choosePlace(dir)
  expect(await choosePlace(dir)).toEqual(first)
  const isRoot = process.getuid?.() === 0
  expect(first.dataDir.startsWith(dir)).toBe(!isRoot)
  expect(first.user === undefined).toBe(!isRoot)
  await expect(stat(join(first.binDir, 'postgres'))).resolves.toBeDefined()
  if (isRoot) {
    const home = dirname(first.dataDir)
    const before = await readFile(join(home, 'belongs-to.json'), 'utf8')
    await rm(parent, { recursive: true })
    await mkdir(parent, { mode: 0o700 })
    await choosePlace(dir)
    expect(await readFile(join(home, 'belongs-to.json'), 'utf8')).not.toBe(before)
    await rm(home, { recursive: true })
  }
  await rm(parent, { recursive: true })
})
