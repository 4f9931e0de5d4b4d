/** Which process has a device open: a line that somebody reads is not read by us as well. */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

export type Holder = { pid: number; command: string }

/** By the device's real path. Other users' processes are not seen without being root. */
export function holdersOf(paths: readonly string[], procfs = '/proc'): Map<string, Holder> {
  const wanted = new Map(paths.map(path => [realPath(path), path]))
  const holders = new Map<string, Holder>()
  for (const pid of numbersIn(procfs)) {
    if (pid === process.pid) continue
    for (const file of openFiles(procfs, pid)) {
      const path = wanted.get(file)
      if (path !== undefined) holders.set(path, { pid, command: commandOf(procfs, pid) })
    }
  }
  return holders
}

export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function numbersIn(folder: string): number[] {
  return namesIn(folder)
    .map(Number)
    .filter(pid => Number.isSafeInteger(pid) && pid > 0)
}

function openFiles(procfs: string, pid: number): string[] {
  const folder = join(procfs, String(pid), 'fd')
  return namesIn(folder).flatMap(name => {
    try {
      return [readlinkSync(join(folder, name))]
    } catch {
      return []
    }
  })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function commandOf(procfs: string, pid: number): string {
  try {
    const text = readFileSync(join(procfs, String(pid), 'cmdline'), 'utf8')
    return text.replaceAll('\0', ' ').trim().slice(0, 120)
  } catch {
    return ''
  }
}
