/**
 * The data folder of the demo (`.tillproof/` unless said otherwise): where each part keeps its
 * own, who runs in it now, and what a run that crashed has left behind.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { commandLineOf, isRunning, programsIn } from './processes.ts'

export type DataFolder = ReturnType<typeof dataFolder>

/** Absolute paths of everything in the folder; makes the folder itself. */
export function dataFolder(path: string) {
  const root = resolve(path)
  mkdirSync(join(root, 'logs'), { recursive: true })
  return {
    root,
    logs: join(root, 'logs'),
    witness: join(root, 'witness'),
    sandbox: join(root, 'sandbox'),
    machines: join(root, 'machines'),
    agent: (name: string) => join(root, 'agents', name),
    bundles: join(root, 'bundles'),
    /** Choices that outlive a run: ports, seed. */
    settings: join(root, 'demo.json'),
    /** Signing keys of the demo's organisations, mode 0600. */
    parties: join(root, 'parties.json'),
    /** Who runs now and how to reach it, mode 0600: it holds this run's sign-ins. */
    run: join(root, 'run.json'),
  }
}

export type RunFile = {
  supervisor: number
  children: Record<string, number>
  address?: string
  signIns?: SignIn[]
}
export type SignIn = { organisation: string; kind: string; email: string; password: string }

export function readRunFile(folder: DataFolder): RunFile | undefined {
  return readJson<RunFile>(folder.run)
}

export function writeRunFile(folder: DataFolder, run: RunFile): void {
  writeJson(folder.run, run)
}

export function readJson<T>(file: string): T | undefined {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new TillproofError('demo.file-broken', `${file} is not JSON`, 'start with --reset', {
      cause,
    })
  }
}

/** Written beside and renamed, so that a kill leaves the old or the new file, never half of one. */
export function writeJson(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/**
 * Makes the folder ours: refuses while another start runs in it, stops what a crashed one left
 * running. Returns the names of the parts that were stopped.
 */
export async function takeOver(folder: DataFolder): Promise<string[]> {
  const run = readRunFile(folder)
  if (run === undefined) return []
  if (run.supervisor !== process.pid && isOurs(run.supervisor, ' start')) {
    throw new TillproofError(
      'demo.running',
      `this data folder is in use by process ${run.supervisor}, dashboard at ${run.address}`,
      'open that address, stop it with Ctrl-C, or start beside it with --data other-folder',
    )
  }
  const left = Object.entries(run.children).filter(([, pid]) => isOurs(pid, folder.root))
  await Promise.all(left.map(([, pid]) => stopProcess(pid)))
  rmSync(folder.run, { force: true })
  return left.map(([name]) => name)
}

/**
 * Empties the folder. A database or chain whose cloud was killed runs on by itself and is normally
 * found again by the next cloud; here it loses its files, so it is ended first.
 */
export async function emptyFolder(folder: DataFolder): Promise<void> {
  const outside = readJson<{ home: string }>(join(folder.root, 'postgres', 'outside.json'))
  const homes = [folder.root, ...(outside === undefined ? [] : [outside.home])]
  const left = homes.flatMap(home => [
    ...programsIn(home, 'postgres').map(pid => ({ pid, signal: 'SIGQUIT' as const })),
    ...programsIn(home, 'anvil').map(pid => ({ pid, signal: 'SIGTERM' as const })),
  ])
  await Promise.all(left.map(({ pid, signal }) => stopProcess(pid, signal)))
  rmSync(folder.root, { recursive: true, force: true })
  mkdirSync(folder.logs, { recursive: true })
}

/** A process id may have been given to somebody else since: its command line has to be ours. */
function isOurs(pid: number, words: string): boolean {
  const command = commandLineOf(pid)
  return command.includes('simulators') && command.includes(words)
}

async function stopProcess(pid: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  process.kill(pid, signal)
  for (let waited = 0; waited < 8000; waited += 100) {
    if (!isRunning(pid)) return
    await sleep(100)
  }
  process.kill(pid, 'SIGKILL')
}
