/**
 * Published test data beside the repository, read in place and never committed. Absent samples make
 * the tests that need them skip with a warning; where CI is set they fail.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TillproofError } from '../errors.ts'

const FOLDER = join(import.meta.dirname, '../../../../shared/samples')

/** Every JSON file under `<samples>/<folder>`, sub-folders included; empty when absent. */
export function readJsonSamples(folder: string): { path: string; json: unknown }[] {
  if (!isPresent(folder)) return []
  const paths = readdirSync(join(FOLDER, folder), { recursive: true, encoding: 'utf8' })
  const files = paths.filter(path => path.endsWith('.json')).sort()
  return files.map(path => ({ path, json: readJson(join(folder, path)) }))
}

/** Every file under `<samples>/<folder>` whose name ends so, as text; empty when absent. */
export function readTextSamples(folder: string, ending: string): { path: string; text: string }[] {
  if (!isPresent(folder)) return []
  const paths = readdirSync(join(FOLDER, folder), { recursive: true, encoding: 'utf8' })
  const files = paths.filter(path => path.endsWith(ending)).sort((a, b) => (a < b ? -1 : 1))
  return files.map(path => ({ path, text: readFileSync(join(FOLDER, folder, path), 'utf8') }))
}

/** One file's bytes as Latin-1 text, or undefined when the samples are not here. */
export function readSample(path: string): string | undefined {
  return isPresent(path) ? readFileSync(join(FOLDER, path), 'latin1') : undefined
}

/** One JSON file, or undefined when the samples are not here. */
export function readJsonSample(path: string): unknown {
  return isPresent(path) ? readJson(path) : undefined
}

/** Where a samples folder is, or undefined when it is not here; for programs that take paths. */
export function samplesFolder(folder: string): string | undefined {
  return isPresent(folder) ? join(FOLDER, folder) : undefined
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, path), 'utf8'))
}

function isPresent(path: string): boolean {
  if (existsSync(join(FOLDER, path))) return true
  const message = `sample ${path} is absent, its tests are skipped`
  if (process.env.CI === 'true') {
    throw new TillproofError('test.sample-absent', message, 'Put the samples beside the project.')
  }
  console.warn(`SKIPPED: ${message}`)
  return false
}
