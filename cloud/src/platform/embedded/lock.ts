/**
 * One process keeps the embedded parts of a data folder, because two would each start what the
 * other one stopped. A file names the holder by process id and start time, so that neither a
 * killed holder nor a stranger with its number keeps others out.
 */
import { execFile } from 'node:child_process'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { z } from 'zod'
import { isAlive } from './child.ts'

const holder = z.object({ pid: z.number().int().positive(), started: z.string() })
type Holder = z.infer<typeof holder>

/**
 * Answers how to give it back. Throws `embedded.taken` while another process that lives holds it.
 *
 * @param file on a disk of this machine: other machines' processes cannot be told from dead ones
 */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const me = { pid: process.pid, started: (await startOf(process.pid)) ?? '' }
  const mine = `${file}.${process.pid}`
  await writeFile(mine, JSON.stringify(me), { mode: 0o600 })
  try {
    if (!(await placed(mine, file))) await takeOver(mine, file)
  } finally {
    await rm(mine, { force: true })
  }
  return async () => {
    if ((await read(file))?.pid === process.pid) await rm(file, { force: true })
  }
}

/** A dead holder's lock is replaced by one at a time: by whoever placed the file beside it. */
async function takeOver(mine: string, file: string): Promise<void> {
  const claim = `${file}.next`
  const other = await read(claim)
  if (other !== undefined && !(await isRunning(other))) await rm(claim, { force: true })
  if (!(await placed(mine, claim))) throw taken(file, await read(claim))
  const present = await read(file)
  if (present !== undefined && (await isRunning(present))) {
    await rm(claim, { force: true })
    throw taken(file, present)
  }
  await rename(claim, file)
}

/** A link appears with its whole text, and only where nothing was. */
async function placed(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Undefined when there is none, or none that we wrote. */
async function read(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  try {
    return holder.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

async function isRunning({ pid, started }: Holder): Promise<boolean> {
  return isAlive(pid) && ((await startOf(pid)) ?? '') === started
}

/**
 * When the process started, as text that no other process with its number shares; undefined once
 * it has ended, also while its parent has not taken note.
 */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return startByPs(pid)
  // proc(5): after the name in parentheses come the state (3) and the start in ticks (22).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return `${boot.trim()} ${fields[19]}`
}

/** Where there is no /proc. */
async function startByPs(pid: number): Promise<string | undefined> {
  const asked = promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])
  return asked.then(
    ({ stdout }) => stdout.trim() || undefined,
    () => undefined,
  )
}

function taken(file: string, by: Holder | undefined): TillproofError {
  const who = by === undefined ? 'another process' : `process ${by.pid}`
  return new TillproofError(
    'embedded.taken',
    `${who} keeps the embedded database and chain of ${dirname(dirname(file))} already`,
    'stop it first, start this one without the role "embedded", or give it another --data folder',
  )
}
