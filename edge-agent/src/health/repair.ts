/**
 * `tillproof agent doctor --fix`: what can be put right without asking, because nothing is lost by
 * it and nothing outside the home folder changes. Each repair is told; identity, journal and the
 * machine's settings are never touched.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { isMap, parseDocument } from 'yaml'
import type { HomePaths } from '../config.ts'
import { readAddress, removeAddress } from '../local/access.ts'
import { looseFiles } from './files.ts'

/** One line: what was wrong and what is so now. */
export type Repair = { name: string; detail: string }

/** In the order in which a person would do it. Throws only what the file system refuses. */
export function repair(paths: HomePaths): Repair[] {
  return [
    ...missingFolder(paths),
    ...loosePermissions(paths),
    ...staleAddress(paths),
    ...chattyLog(paths),
  ]
}

function missingFolder({ home }: HomePaths): Repair[] {
  if (existsSync(home)) return []
  mkdirSync(home, { recursive: true, mode: 0o700 })
  return [{ name: 'folder', detail: `${home} was missing: made` }]
}

/** Keys, journal and token are for the owner alone. */
function loosePermissions(paths: HomePaths): Repair[] {
  return looseFiles(paths).map(path => {
    const { mode } = statSync(path)
    chmodSync(path, mode & 0o700)
    return { name: 'keys', detail: `others could read ${path}: now ${octal(mode & 0o700)}` }
  })
}

function octal(mode: number): string {
  return mode.toString(8).padStart(3, '0')
}

/** An agent that was killed leaves its address behind, and others knock there in vain. */
function staleAddress({ localAddress }: HomePaths): Repair[] {
  const address = readAddress(localAddress)
  if (address === undefined || isRunning(address.pid)) return []
  removeAddress(localAddress)
  const detail = `${localAddress} told of process ${address.pid}, which is gone: removed`
  return [{ name: 'lock', detail }]
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** A log of every byte wears a card out; comments and everything else of the file stay. */
function chattyLog({ config }: HomePaths): Repair[] {
  const document = existsSync(config) ? parseDocument(readFileSync(config, 'utf8')) : null
  if (document === null || document.errors.length > 0 || !isMap(document.contents)) return []
  if (document.getIn(['log', 'level']) !== 'debug') return []
  document.setIn(['log', 'level'], 'info')
  writeFileSync(config, document.toString())
  return [{ name: 'log', detail: `log.level in ${config} was debug: now info` }]
}
