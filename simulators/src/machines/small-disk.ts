/**
 * For tests: a disk of a few megabytes that can be filled and emptied. Mounting one takes root: the
 * tests that need it skip with a warning elsewhere, and fail where CI is set.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { isContinuousIntegration } from '../config.ts'

export type SmallDisk = {
  folder: string
  /** Leaves about so many bytes free. */
  fillTo(freeBytes: number): void
  empty(): void
  unmount(): void
}

/** Undefined where nothing may be mounted. */
export function mountSmallDisk(sizeBytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tillproof-disk-'))
  const size = `size=${sizeBytes}`
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder])
  if (mount.status !== 0) {
    rmSync(folder, { recursive: true })
    return skipped(mount.stderr?.toString() ?? 'no mount command')
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    fillTo(freeBytes) {
      rmSync(filler, { force: true })
      const { bavail, bsize } = statfsSync(folder)
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)))
    },
    empty: () => rmSync(filler, { force: true }),
    unmount() {
      spawnSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function skipped(reason: string): undefined {
  const message = `no small disk can be mounted (${reason.trim()}), its tests are skipped`
  if (isContinuousIntegration()) {
    throw new TillproofError('test.no-disk', message, 'Run the tests as root.')
  }
  console.warn(`SKIPPED: ${message}`)
  return undefined
}
