/**
 * The audits themselves, as the machine told them: files beside the journal, named by time and
 * hash, for people and for `tillproof dex`. The journal holds what was in them; they may be lost.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'

/** Half a year of an audit every six hours. */
const MOST_FILES = 750
const NAME = /^\d{8}T\d{6}Z-[0-9a-f]{12}\.dts$/

/** `20261121T101500Z-0123456789ab.dts` */
export function auditFileName(bytes: Uint8Array, nowMs: number): string {
  const at = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
  return `${at}-${toHex(sha256(bytes)).slice(0, 12)}.dts`
}

/** On the medium when it returns; the oldest make room. Throws what the file system says. */
export function keepAudit(folder: string, name: string, bytes: Uint8Array): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, name)
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
  const names = readdirSync(folder)
    .filter(it => NAME.test(it))
    .sort()
  for (const old of names.slice(0, -MOST_FILES)) rmSync(join(folder, old), { force: true })
}
