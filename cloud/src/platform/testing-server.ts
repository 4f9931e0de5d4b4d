/** Stopping and removing the PostgreSQL that tests share; see testing.ts. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Names the shared folder to test processes; set by testing-setup.ts. */
export const SHARED_DIR_VARIABLE = 'TILLPROOF_TEST_POSTGRES'

export async function stopShared(dir: string): Promise<void> {
  stopSharedNow(dir)
  await sleep(100)
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** Synchronous, for exit handlers. SIGQUIT: nobody needs the data, so nothing is flushed. */
export function stopSharedNow(dir: string): void {
  try {
    process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGQUIT')
  } catch {
    // Never started, or gone already.
  }
}
