/** The process id of the demo's embedded PostgreSQL, from its own pid file. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { choosePlace } from '@tillproof/cloud/platform/embedded/postgres-place.ts'
import type { DataFolder } from '../demo/folder.ts'
import { isRunning } from '../demo/processes.ts'

/** Undefined while the server is down. */
export async function postgresPid(folder: DataFolder): Promise<number | undefined> {
  const { dataDir } = await choosePlace(join(folder.root, 'postgres'))
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return pid > 0 && isRunning(pid) ? pid : undefined
}
