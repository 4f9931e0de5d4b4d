/**
 * Where the embedded PostgreSQL keeps its data and as which user it runs.
 * PostgreSQL refuses to run as root. Started by root it therefore runs as `nobody`, who may be
 * unable to reach a folder below root's own; then data and binaries go to /var/tmp under a name
 * derived from the folder, and the folder keeps a note of it.
 */
import { createHash, randomUUID } from 'node:crypto'
import { chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
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
  const home = await homeOf(dir)
  const root = (await isReachable(binaries)) ? binaries : await copyBinaries(binaries, OUTSIDE)
  const dataDir = join(home, 'data')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await chown(dataDir, user.uid, user.gid)
  return { dataDir, binDir: join(root, 'native/bin'), user }
}

/** Data stays where it was first put, even if the folder's way there was opened or closed since. */
async function homeOf(dir: string): Promise<string> {
  if (await belongs(outsideOf(dir), dir)) return outsideOf(dir)
  const reachable = await isReachable(dir)
  const isInside = await stat(join(dir, 'data')).catch(() => undefined)
  if (isInside !== undefined && !reachable) {
    throw new TillproofError(
      'postgres.unreachable',
      `the embedded PostgreSQL runs as nobody and cannot reach ${dir} any more`,
      'let others search the folders on the way there (chmod o+x)',
    )
  }
  return reachable ? dir : outsideHome(dir)
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

const OUTSIDE = '/var/tmp'

/** A new folder outside that belongs to `dir`; what an earlier `dir` left there is removed. */
async function outsideHome(dir: string): Promise<string> {
  const home = outsideOf(dir)
  await removeOrphans()
  const fresh = JSON.stringify({ home, dir, id: randomUUID() })
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { mode: 0o711 })
  await writeFile(join(home, MARKER), fresh, { mode: 0o600 })
  await writeFile(join(dir, NOTE), fresh, { mode: 0o600 })
  return home
}

function outsideOf(dir: string): string {
  const name = createHash('sha256').update(dir).digest('hex').slice(0, 16)
  return join(OUTSIDE, `tillproof-postgres-${name}`)
}

/** In the folder outside, and in the data folder: the same text ties them together. */
const MARKER = 'belongs-to.json'
const NOTE = 'outside.json'

async function belongs(home: string, dir: string): Promise<boolean> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => undefined)
  const marker = await read(join(home, MARKER))
  return marker !== undefined && marker === (await read(join(dir, NOTE)))
}

/** Folders whose data folder was deleted; nobody can come back for them. */
async function removeOrphans(): Promise<void> {
  for (const name of await readdir(OUTSIDE)) {
    if (!/^tillproof-postgres-[0-9a-f]{16}$/.test(name)) continue
    const home = join(OUTSIDE, name)
    const marker = await readFile(join(home, MARKER), 'utf8').catch(() => '{}')
    const { dir } = JSON.parse(marker) as { dir?: string }
    const runs = await stat(join(home, 'data', 'postmaster.pid')).catch(() => undefined)
    if (dir === undefined || runs !== undefined || (await belongs(home, dir))) continue
    await rm(home, { recursive: true, force: true })
  }
}
