/**
 * How late a thread is that writes facts down on a slow disk. The disk is slow because a library
 * compiled on the spot takes the place of the system's sync: on Linux, with a C compiler.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { childEnvironment } from '@tillproof/edge-agent/config.ts'
import { compile, hasCompiler } from '@tillproof/firmware-bridge/testing/c-compiler.ts'
import { quantile } from './lateness.ts'

/** What a sync takes there, as slow-sync.c has it. */
export const SYNC_MS = 20
const SECONDS = 2
const CHILD = fileURLToPath(new URL('./event-loop.ts', import.meta.url))
const SLOW_SYNC = fileURLToPath(new URL('./slow-sync.c', import.meta.url))
const run = promisify(execFile)

export type SlowDisk = {
  /** Delay of the event loop in milliseconds that 99 of 100 turns stay within. */
  delayOf(writer: 'journal' | 'bare'): Promise<number>
}

/** @returns why it cannot be measured here, where it cannot. */
export function slowDisk(folder: string): SlowDisk | string {
  if (process.platform !== 'linux') return 'a sync is slowed down on Linux only'
  if (!hasCompiler()) return 'there is no C compiler (cc)'
  const library = join(folder, 'slow-sync.so')
  compile({ sources: [SLOW_SYNC], output: library, flags: ['-shared', '-fPIC', '-O2'] })
  const env = childEnvironment({ LD_PRELOAD: library })
  let files = 0
  return {
    async delayOf(writer) {
      const file = join(folder, `slow-${files++}.db`)
      const args = ['--disable-warning=ExperimentalWarning', CHILD, writer, file, String(SECONDS)]
      const { stdout } = await run(process.execPath, args, { env })
      return quantile(JSON.parse(stdout), 0.99)
    },
  }
}
