/**
 * Who may write: one row, taken by compare-and-swap, and checked again by every commit.
 * A lock file alone is not enough: it says nothing about a process that was paused and comes back.
 * A dead owner's lock is taken over at once; a live owner's never.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type Owner = { nonce: string; pid: number; started: string; boot: string }

/** This process, with a fresh nonce. `started` tells a reused process id from the old one. */
export function newOwner(): Owner {
  const started = processFacts(process.pid)[1] ?? ''
  return { nonce: randomUUID(), pid: process.pid, started, boot: bootId() }
}

/** Takes the lock or throws `journal.locked`. Taking one's own lock again is fine. */
export function takeLock(database: DatabaseSync, path: string, owner: Owner): void {
  const held = readOwner(database)
  if (held.nonce !== '' && held.nonce !== owner.nonce && isAlive(held)) {
    throw lockedError(path, held.pid)
  }
  const { changes } = database
    .prepare(
      `UPDATE tip SET lock_nonce = ?, lock_pid = ?, lock_started = ?, lock_boot = ?
       WHERE id = 1 AND lock_nonce = ?`,
    )
    .run(owner.nonce, owner.pid, owner.started, owner.boot, held.nonce)
  if (changes !== 1) throw lockedError(path, readOwner(database).pid)
}

/** Gives the lock back; does nothing when somebody else holds it by now. */
export function releaseLock(database: DatabaseSync, owner: Owner): void {
  database.prepare("UPDATE tip SET lock_nonce = '' WHERE lock_nonce = ?").run(owner.nonce)
}

/** What a commit throws when the row no longer names its owner. */
export function lockLostError(path: string): TillproofError {
  return new TillproofError(
    'journal.lock-lost',
    `Another process has taken the journal ${path}.`,
    'Stop the other agent on this home folder, then start this one again.',
  )
}

/** Whether the process that took the lock still runs, as far as this system can tell. */
export function isAlive(owner: Owner): boolean {
  if (owner.boot !== bootId() || !processExists(owner.pid)) return false
  const [state, started] = processFacts(owner.pid)
  if (state === 'Z') return false
  return started === undefined || owner.started === '' || started === owner.started
}

function readOwner(database: DatabaseSync): Owner {
  const row = database
    .prepare('SELECT lock_nonce, lock_pid, lock_started, lock_boot FROM tip WHERE id = 1')
    .get()
  return {
    nonce: String(row?.lock_nonce),
    pid: Number(row?.lock_pid),
    started: String(row?.lock_started),
    boot: String(row?.lock_boot),
  }
}

function lockedError(path: string, pid: number): TillproofError {
  return new TillproofError(
    'journal.locked',
    `The journal ${path} is held by the running process ${pid}.`,
    'Stop that agent first; only one may write.',
  )
}

/** The kernel's boot id; where there is none only the process id can tell. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'unknown'
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** State and start time (clock ticks since boot): fields 3 and 22 of /proc/<pid>/stat. */
function processFacts(pid: number): [state: string | undefined, started: string | undefined] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold blanks and parentheses: count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [fields[0], fields[19]]
  } catch {
    return [undefined, undefined]
  }
}
