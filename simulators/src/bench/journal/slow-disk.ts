/**
 * A disk as slow as an SD card: a library compiled on the spot takes the place of the system's sync
 * in a child process. On Linux, with a C compiler.
 */
import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { childEnvironment } from '@tillproof/edge-agent/config.ts'
import { compile, hasCompiler } from '@tillproof/firmware-bridge/testing/c-compiler.ts'
import { type Lateness, quantile } from './lateness.ts'
import type { RaceResult } from './race.ts'

/** What a sync takes there, as slow-sync.c has it. */
export const SYNC_MS = 20
const SECONDS = 1
const CHILD = fileURLToPath(new URL('./on-the-card.ts', import.meta.url))
const SLOW_SYNC = fileURLToPath(new URL('./slow-sync.c', import.meta.url))
const run = promisify(execFile)

export type SlowDisk = {
  race(settings: { events: number; rounds: number }): Promise<RaceResult>
  /**
   * Delay of the event loop in milliseconds that 99 of 100 turns stay within: `all` of it, and its
   * `own` part, without waits for a core that other threads had. `idle` writes nothing: what it
   * is late by is this computer's doing.
   */
  delayOf(writer: 'journal' | 'bare' | 'idle'): Promise<{ all: number; own: number }>
}

/** @returns why there is none, where there is none. */
export function slowDisk(folder: string): SlowDisk | string {
  if (process.platform !== 'linux') return 'a sync is slowed down on Linux only'
  if (!hasCompiler()) return 'there is no C compiler (cc)'
  const library = join(folder, 'slow-sync.so')
  compile({ sources: [SLOW_SYNC], output: library, flags: ['-shared', '-fPIC', '-O2'] })
  const env = childEnvironment({ LD_PRELOAD: library })
  async function ask(what: string, ...numbers: number[]): Promise<string> {
    const own = await mkdtemp(join(folder, 'card-'))
    const args = ['--disable-warning=ExperimentalWarning', CHILD, what, own, ...numbers.map(String)]
    return (await run(process.execPath, args, { env })).stdout
  }
  return {
    race: async ({ events, rounds }) => JSON.parse(await ask('race', events, rounds)),
    async delayOf(writer) {
      const { all, own }: Lateness = JSON.parse(await ask(writer, SECONDS))
      return { all: quantile(all, 0.99), own: quantile(own, 0.99) }
    },
  }
}
