/**
 * Once per test run: a folder for the shared PostgreSQL. The server itself is started by the first
 * test that needs it, so runs without one pay nothing; here it is stopped.
 */
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SHARED_DIR_VARIABLE, stopShared } from './testing-server.ts'

export async function setup(): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'tillproof-test-postgres-'))
  // Searchable by the user that PostgreSQL runs as when root runs the tests.
  await chmod(dir, 0o711)
  process.env[SHARED_DIR_VARIABLE] = dir
  return () => stopShared(dir)
}
