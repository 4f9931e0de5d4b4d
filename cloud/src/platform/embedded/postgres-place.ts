/**
 * Where the embedded PostgreSQL keeps its data and as which user it runs.
 * PostgreSQL refuses to run as root. Started by root it therefore runs as `nobody`, who may be
 * unable to reach a folder below root's own; then data and binaries go to /var/tmp under a name
 * derived from the folder, and the folder keeps a note of it.
 */
import { createHash, randomUUID } from 'node:crypto'
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { copyBinaries, locateBinaries } from './postgres-binaries.ts'

export type Place = {
  /** PGDATA. */
  dataDir: string
  /** Folder of `postgres` and `initdb`. */
  binDir: string
  /** Set when the server has to run as another user than this process. */
  user?: { uid: number; gid: number }
}

export async function choosePlace(dir: string): Promise<Place> {
  await mkdir(dir, { recursive: true, mode: 0o755 })
  const binaries = await locateBinaries()
  if (process.getuid?.() !== 0) {
    return { dataDir: join(dir, 'data'), binDir: join(binaries, 'native/bin') }
  }
  const user = await unprivilegedUser()
  const reachable = (await isReachable(dir)) && (await isReachable(binaries))
  const home = reachable ? dir : await outsideHome(dir)
  const root = reachable ? binaries : await copyBinaries(binaries, `${home}-binaries`)
  const dataDir = join(home, 'data')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await chown(dataDir, user.uid, user.gid)
  return { dataDir, binDir: join(root, 'native/bin'), user }
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const passwd = await readFile('/etc/passwd', 'utf8')
  const nobody = /^nobody:[^:]*:(\d+):(\d+):/m.exec(passwd)
  if (nobody === null) {
    throw new TillproofError(
      'postgres.no-user',
      'the embedded PostgreSQL cannot run as root, and there is no user nobody',
      'start as another user, or give the address of a PostgreSQL by DATABASE_URL',
    )
  }
  return { uid: Number(nobody[1]), gid: Number(nobody[2]) }
}

const OTHERS_MAY_SEARCH = 0o001

async function isReachable(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const { mode } = await stat(at)
    if ((mode & OTHERS_MAY_SEARCH) === 0) return false
    if (at === dirname(at)) return true
  }
}

/** A folder in /var/tmp that belongs to `dir`; what an earlier `dir` left there is removed. */
async function outsideHome(dir: string): Promise<string> {
  const name = createHash('sha256').update(dir).digest('hex').slice(0, 16)
  const home = `/var/tmp/tillproof-postgres-${name}`
  const inside = join(dir, 'outside.json')
  const marker = join(home, 'belongs-to')
  const id = await readFile(inside, 'utf8').catch(() => undefined)
  if (id !== undefined && id === (await readFile(marker, 'utf8').catch(() => undefined))) {
    return home
  }
  const fresh = JSON.stringify({ home, id: randomUUID() })
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { mode: 0o711 })
  await writeFile(marker, fresh, { mode: 0o600 })
  await writeFile(inside, fresh, { mode: 0o600 })
  return home
}
