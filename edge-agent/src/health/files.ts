/** Looks at what lies on this gateway: keys and who may read them, the journal, the disk. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { HomePaths } from '../config.ts'
import { checkJournal } from '../journal/check.ts'
import { describeDeath, ENROL_AGAIN } from '../journal/death.ts'
import { freeBytes } from './status.ts'
import { diskTick, ok, type Tick, tick } from './ticks.ts'

/** Private files must be readable by their owner only. */
export function keysTick(paths: HomePaths): Tick {
  const loose = looseFiles(paths)
  if (loose.length === 0) return ok('keys', 'readable by their owner only')
  return tick(
    'keys',
    'failed',
    `others may read ${loose.join(', ')}`,
    'Run: tillproof agent doctor --fix',
  )
}

/** Private files and folders that somebody else on this gateway can read. */
export function looseFiles(paths: HomePaths): string[] {
  const { identity, journal, localToken } = paths
  return [identity, ...filesOf(paths), journal, localToken].filter(isLoose)
}

function filesOf({ identity }: HomePaths): string[] {
  if (!existsSync(identity)) return []
  return readdirSync(identity).map(name => join(identity, name))
}

function isLoose(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode
  return mode !== undefined && (mode & 0o077) !== 0
}

/** Reads the whole journal; the running agent goes on meanwhile. */
export function journalTick(path: string): Tick {
  try {
    const { size, sealedSize, receiptedSize, faults, death } = checkJournal(path)
    const [first] = faults
    if (death && first === undefined) {
      return tick('journal', 'failed', describeDeath(death), ENROL_AGAIN)
    }
    if (first === undefined) {
      const detail = `${size} events whole, ${sealedSize} signed, ${receiptedSize} receipted`
      return ok('journal', detail)
    }
    const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
    const next = 'Keep the file, tell the platform operator, enrol again with --replace.'
    return tick('journal', 'failed', `${first}${more}`, next)
  } catch (error) {
    if (!(error instanceof TillproofError)) throw error
    return tick('journal', 'failed', error.message, error.next)
  }
}

export function freeDiskTick(paths: HomePaths): Tick {
  return diskTick(freeBytes(paths.home))
}
