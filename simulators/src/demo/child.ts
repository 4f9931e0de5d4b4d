/**
 * One process of the demo: started with its own log file and process group, watched, started again
 * when it dies, stopped in order. A child says on standard output, with one line of JSON, that it
 * is ready and where it listens.
 *
 *   starting ──ready line──▶ running ──exit──▶ waiting ──back-off──▶ starting
 *       └─ exit before the first ready line: the start failed, nobody restarts it
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type ChildSpec = {
  /** Also the name of its log file. */
  name: string
  /** Arguments after `node`: our flags and file are put before them. */
  args: string[]
  logFolder: string
  /** For a program that says in words that it is ready, the line's beginning. */
  readyWords?: RegExp
  /** How long the first start may take. */
  startTimeoutMs?: number
  /** How long it may take to stop before it is killed. */
  stopTimeoutMs?: number
  /** Told the process id of each life. */
  onStart?: (pid: number) => void
  /** Told when the child died by itself and is started again. */
  onRestart?: (line: string) => void
}

export type Child = {
  name: string
  pid(): number | undefined
  /** Kills the process and nothing it has started, as an out-of-memory killer would. */
  kill(): void
  /** Any other signal, to the process itself. */
  send(signal: NodeJS.Signals): void
  /** The ready line of the running process; waits while it is restarting. */
  ready(): Promise<Ready>
  stop(): Promise<void>
}
export type Ready = Record<string, unknown>

/** The command line of `tillproof` without its launcher: a signal then reaches the real program. */
export const tillproof = [
  '--disable-warning=ExperimentalWarning',
  join(import.meta.dirname, '..', 'cli', 'main.ts'),
]

const firstBackOffMs = 250
const longestBackOffMs = 8000
const defaultStopTimeoutMs = 10_000
const longestLogBytes = 8 << 20

type Life = { process: ChildProcess; ready: Promise<Ready>; exited: Promise<void> }

/** Starts the child; resolves when it is ready, throws `demo.part-failed` when it is not to be. */
export async function startChild(spec: ChildSpec): Promise<Child> {
  let life = begin(spec)
  let stopping = false
  let backOffMs = firstBackOffMs
  await withTimeout(life.ready, spec).catch(async error => {
    await end(life, 1000)
    throw error
  })
  watch()

  function watch(): void {
    const bornAtMs = performance.now()
    void life.exited.then(() => {
      if (stopping) return
      if (performance.now() - bornAtMs > 30_000) backOffMs = firstBackOffMs
      spec.onRestart?.(`${spec.name} stopped (${ending(life.process)}), starting it again`)
      setTimeout(restart, backOffMs)
      backOffMs = Math.min(backOffMs * 2, longestBackOffMs)
    })
  }

  function restart(): void {
    if (stopping) return
    life = begin(spec)
    life.ready.catch(() => {})
    watch()
  }

  /** A life that ends before it is ready is followed by another one: wait for that. */
  async function ready(): Promise<Ready> {
    for (;;) {
      const current = life
      const line = await current.ready.catch(() => undefined)
      if (line !== undefined && isAlive(current.process)) return line
      if (stopping) throw failed(spec, 'was stopped')
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  return {
    name: spec.name,
    pid: () => life.process.pid,
    kill: () => send(life.process.pid, 'SIGKILL'),
    send: signal => send(life.process.pid, signal),
    ready,
    async stop() {
      stopping = true
      await end(life, spec.stopTimeoutMs)
    },
  }
}

function begin({ name, args, logFolder, readyWords, onStart }: ChildSpec): Life {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches only us, and we stop the parts in their order.
    detached: true,
  })
  if (child.pid !== undefined) onStart?.(child.pid)
  const log = createWriteStream(logFile(logFolder, name), { flags: logFlags(logFolder, name) })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const exited = new Promise<void>(resolve => {
    child.once('error', () => resolve())
    child.once('close', () => {
      log.end()
      resolve()
    })
  })
  const ready = new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', line => {
      const said = readyWords?.test(line) === true ? { line } : parseReady(line)
      if (said !== undefined) resolve(said)
    })
    void exited.then(() => reject(failed({ name, logFolder }, `ended, ${ending(child)}`)))
  })
  ready.catch(() => {})
  return { process: child, ready, exited }
}

async function end(life: Life, timeoutMs = defaultStopTimeoutMs): Promise<void> {
  if (!isAlive(life.process)) return
  const { pid } = life.process
  // The process stops its own children in its own order; whoever overstays is killed with them.
  send(pid, 'SIGTERM')
  const timer = setTimeout(() => send(pid === undefined ? pid : -pid, 'SIGKILL'), timeoutMs)
  await life.exited
  clearTimeout(timer)
}

function send(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(pid, signal)
  } catch {
    // It was gone already, which is what was wanted.
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

function ending(child: ChildProcess): string {
  return child.signalCode ?? `exit code ${child.exitCode ?? 'unknown'}`
}

async function withTimeout(ready: Promise<Ready>, spec: ChildSpec): Promise<Ready> {
  const timeoutMs = spec.startTimeoutMs ?? 120_000
  const timer = Promise.withResolvers<Ready>()
  const handle = setTimeout(
    () => timer.reject(failed(spec, `was not ready after ${timeoutMs / 1000} s`)),
    timeoutMs,
  )
  return await Promise.race([ready, timer.promise]).finally(() => clearTimeout(handle))
}

function failed(spec: Pick<ChildSpec, 'name' | 'logFolder'>, what: string): TillproofError {
  const file = logFile(spec.logFolder, spec.name)
  const last = lastLine(file)
  return new TillproofError(
    'demo.part-failed',
    `${spec.name} ${what}${last === '' ? '' : `: ${last}`}`,
    `read ${file}`,
  )
}

function logFile(folder: string, name: string): string {
  return join(folder, `${name}.log`)
}

/** Appends, so that a crash can be read after the restart, until the file is too long. */
function logFlags(folder: string, name: string): 'a' | 'w' {
  const size = statSync(logFile(folder, name), { throwIfNoEntry: false })?.size ?? 0
  return size > longestLogBytes ? 'w' : 'a'
}

function lastLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)?.slice(0, 300) ?? ''
  } catch {
    return ''
  }
}

/** The ready line is a JSON object; so is a log line of pino, which always has a level. */
function parseReady(line: string): Ready | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const object: Ready = JSON.parse(line)
    return 'level' in object ? undefined : object
  } catch {
    return undefined
  }
}
