/** The committed artifact is what the committed source compiles to. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compileContract } from './compile.ts'

test('artifacts/CheckpointAnchor.json is fresh', () => {
  const committed = new URL('../artifacts/CheckpointAnchor.json', import.meta.url)
  expect(readFileSync(committed, 'utf8')).toBe(compileContract('CheckpointAnchor'))
})
