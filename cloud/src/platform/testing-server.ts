/** Stopping and removing the PostgreSQL that tests share; see testing.ts. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Names the shared folder to test processes; set by testing-setup.ts. */
export const SHARED_DIR_VARIABLE = 'TILLPROOF_TEST_POSTGRES'

export async function stopShared(dir: string): Promise<void> {
  quit(dir)
  await sleep(100)
  remove(dir)
}

/** Synchronous, for exit handlers. */
export function stopSharedNow(dir: string): void {
  quit(dir)
  remove(dir)
}

/** SIGQUIT: nobody needs the data, so nothing is flushed. */
function quit(dir: string): void {
  try {
    process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGQUIT')
  } catch {
    // Never started, or gone already.
  }
}

function remove(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}
