/** Meters of a simulated machine that outlive its process: real counters never fall either. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export type Meters<Name extends string> = Record<Name, number>

/** The saved meters, or `first` for a new machine. */
export function loadMeters<Name extends string>(path: string, first: Meters<Name>): Meters<Name> {
  mkdirSync(dirname(path), { recursive: true })
  try {
    return { ...first, ...JSON.parse(readFileSync(path, 'utf8')) }
  } catch {
    return { ...first }
  }
}

export function saveMeters(path: string, meters: Meters<string>): void {
  writeFileSync(`${path}.new`, JSON.stringify(meters))
  renameSync(`${path}.new`, path)
}
