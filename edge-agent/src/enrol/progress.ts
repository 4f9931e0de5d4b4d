/**
 * What an enrolment has reached so far, in `<home>/enrolment/progress.json`, written before each
 * step that cannot be taken back. Running the same command again goes on from here.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { claim } from '@tillproof/shared/api/machines.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { z } from 'zod'
import { newTlsKey } from './keys.ts'

const progressFile = z.strictObject({
  v: z.literal(1),
  code: z.string(),
  server: z.string(),
  /** All born here, before anything is sent. PKCS#8 PEM; the evidence key is a hex seed. */
  claimKeyPem: z.string(),
  tlsKeyPem: z.string(),
  evidenceKeyHex: z.string(),
  claim: claim.extend({ atMs: z.number() }).optional(),
  certificate: z
    .strictObject({ pem: z.string(), ownershipToken: z.string(), atMs: z.number() })
    .optional(),
  thing: z.strictObject({ deviceId: z.string(), epoch: z.number().int().min(1) }).optional(),
})
export type Progress = z.infer<typeof progressFile>

/** The progress of this very code at this server, else a new one with new keys, already saved. */
export async function openProgress(
  folder: string,
  code: string,
  server: string,
): Promise<Progress> {
  const old = readProgress(folder)
  if (old?.code === code && old.server === server) return old
  const fresh: Progress = {
    v: 1,
    code,
    server,
    claimKeyPem: await newTlsKey(),
    tlsKeyPem: await newTlsKey(),
    evidenceKeyHex: toHex(ed25519.generate().privateKey),
  }
  saveProgress(folder, fresh)
  return fresh
}

export function saveProgress(folder: string, progress: Progress): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writePrivate(join(folder, 'progress.json'), `${JSON.stringify(progress, null, 2)}\n`)
}

export function clearProgress(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/** Writes a file that only its owner reads, whole or not at all, and syncs it. */
export function writePrivate(path: string, text: string): void {
  const fresh = `${path}.new`
  writeFileSync(fresh, text, { mode: 0o600, flush: true })
  renameSync(fresh, path)
  syncFolder(dirname(path))
}

export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function readProgress(folder: string): Progress | undefined {
  try {
    return progressFile.parse(JSON.parse(readFileSync(join(folder, 'progress.json'), 'utf8')))
  } catch {
    return undefined
  }
}
