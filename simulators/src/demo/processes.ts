/** What the operating system knows of a process, by its id. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The whole command line, words separated by spaces; empty when there is no such process. */
export function commandLineOf(pid: number): string {
  if (!isRunning(pid)) return ''
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Ids of running programs of this name whose command line names something in `folder`. */
export function programsIn(folder: string, name: string): number[] {
  const mentions = (command: string) => command.includes(`${folder}/`)
  return allProcesses().filter(pid => {
    const command = commandLineOf(pid)
    return basename(command.split(' ')[0] ?? '') === name && mentions(command)
  })
}

function allProcesses(): number[] {
  const names =
    process.platform === 'linux'
      ? readdirSync('/proc')
      : spawnSync('ps', ['-axo', 'pid='], { encoding: 'utf8' }).stdout.split('\n')
  return names.map(Number).filter(pid => pid > 0)
}
