/** Each committed artifact is what its committed source compiles to. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compileContract, contractNames } from './compile.ts'

test.each(contractNames)('artifacts/%s.json is fresh', name => {
  const committed = new URL(`../artifacts/${name}.json`, import.meta.url)
  expect(readFileSync(committed, 'utf8')).toBe(compileContract(name))
})
