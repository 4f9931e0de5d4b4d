/**
 * Once per test run: a folder for the demo that the end-to-end tests share. The demo itself is
 * started by the first test that needs it, so that a run without one pays nothing; here it ends.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestProject } from 'vitest/node'
import { dataFolder, readRunFile } from '../demo/folder.ts'
import { isRunning } from '../demo/processes.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the shared demo; empty until a test asks for it. */
    demoFolder: string
  }
}

/** Named by vitest.config.ts as a global setup. */
export function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tillproof-e2e-'))
  // Searchable by the user that PostgreSQL runs as when root runs the tests.
  chmodSync(folder, 0o711)
  project.provide('demoFolder', folder)
  return async () => {
    const pid = readRunFile(dataFolder(folder))?.supervisor
    if (pid !== undefined) await end(pid)
    rmSync(folder, { recursive: true, force: true })
  }
}

async function end(pid: number): Promise<void> {
  if (!isRunning(pid)) return
  process.kill(pid, 'SIGTERM')
  for (let waited = 0; isRunning(pid) && waited < 40_000; waited += 200) await sleep(200)
}
