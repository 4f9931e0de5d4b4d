/**
 * Recorded and published test data beside the repository, read in place and never committed.
 * Absent samples make the tests that need them skip with a warning; where CI is set they fail.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { TillproofError } from '@tillproof/shared/errors.ts'

const FOLDER = fileURLToPath(new URL('../../../../shared/samples/', import.meta.url))

/** Text of `<samples>/<path>`, or undefined when the samples are not here. */
export function readSample(path: string): string | undefined {
  if (existsSync(FOLDER + path)) return readFileSync(FOLDER + path, 'latin1')
  const message = `sample ${path} is absent, its tests are skipped`
  if (process.env.CI === 'true') {
    throw new TillproofError('test.sample-absent', message, 'Put the samples beside the project.')
  }
  console.warn(`SKIPPED: ${message}`)
  return undefined
}

/** `"05 06"` → bytes. */
export function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), byte => Number.parseInt(byte, 16))
}

export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
