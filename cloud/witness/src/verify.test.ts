/** The command over real files: what a hostile file can make it say, or print. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { policyText, saleBundle } from '@tillproof/shared/testing/world.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { verifyFiles } from './verify.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-verify-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

test('a good file is witnessed', async () => {
  expect(await verify(utf8(JSON.stringify(saleBundle())))).toMatchObject({ exitCode: 10 })
})

test('bytes that are not UTF-8 are not read as if they were', async () => {
  const text = JSON.stringify({ ...saleBundle(), sale: { id: '\ufffd', clearing: null } })
  const [before = '', after = ''] = text.split('\ufffd')
  const bytes = concat(utf8(before), Uint8Array.of(0xff), utf8(after))
  expect(await verify(bytes)).toMatchObject({
    exitCode: 20,
    text: expect.stringContaining('it is not JSON'),
  })
})

test.each([
  ['escape sequences', '\u001b[2J\u001b[H\u001b[32manchored (exit 0)\u001b[8m', '\\u{1b}[2J'],
  ['other control characters', '\u009b2J\u0085anchored (exit 0)', '\\u{9b}2J\\u{85}'],
  ['a new line', 'x\nanchored (exit 0)', 'x\\u{a}anchored'],
  ['a turn of direction', '\u202e)0 tixe( derohcna', '\\u{202e})0'],
])('%s of the file never reach the terminal', async (_, id, shown) => {
  const bundle = { ...saleBundle(), sale: { id, clearing: null } }
  const outcome = await verify(utf8(JSON.stringify(bundle)))
  if (!('text' in outcome)) return expect.unreachable()
  expect(outcome.exitCode).toBe(20)
  expect(outcome.text).toContain(shown)
  expect(outcome.text).not.toMatch(/[^\P{C}\n]/u)
  expect(outcome.text.split('\n').filter(line => line.startsWith('anchored'))).toEqual([])
})

function verify(bytes: Uint8Array) {
  const files = { bundle: join(dir, 'bundle.json'), policy: join(dir, 'policy.txt') }
  writeFileSync(files.bundle, bytes)
  writeFileSync(files.policy, policyText)
  return verifyFiles(files)
}
