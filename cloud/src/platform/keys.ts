/**
 * The secrets of one cloud, each in a file of its own that only its owner reads. Made at first
 * start, never changed after; whoever loses them loses the cloud's identity.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type CloudKeys = {
  /** Folder they lie in; the device authority keeps its own files there too. */
  dir: string
  /** Ed25519 seeds, 32 bytes: checkpoints of the log, receipts, vouchers. */
  log: Uint8Array
  /** SM2 private key, 32 bytes: checkpoints, beside the log's own key, where that is wanted. */
  sm2: Uint8Array
  receipt: Uint8Array
  voucher: Uint8Array
  /** secp256k1 private key of the account that anchors, 32 bytes. */
  anchor: Uint8Array
  /** Of the account that registers agreements: apart, so that neither takes the other's nonces. */
  registrar: Uint8Array
  /** Keys the hashes of one-time enrolment codes. */
  enrolment: Uint8Array
  /** Password of the two database roles where the database is ours to set up. */
  databasePassword: string
}

export async function loadOrCreateKeys(dir: string): Promise<CloudKeys> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const key = (name: string) => seed(join(dir, `${name}.key`))
  return {
    dir,
    log: await key('log'),
    sm2: await key('sm2'),
    receipt: await key('receipt'),
    voucher: await key('voucher'),
    anchor: await key('anchor'),
    registrar: await key('registrar'),
    enrolment: await key('enrolment'),
    databasePassword: toHex(await key('database')),
  }
}

async function seed(path: string): Promise<Uint8Array> {
  const text = await keepSecret(path, () => `${toHex(randomBytes(32))}\n`)
  const bytes = fromHex(text.trim())
  if (bytes?.length === 32) return bytes
  throw new TillproofError(
    'keys.damaged',
    `${path} does not hold 32 bytes of hex`,
    'bring the file back from its backup; a new key would be another cloud',
  )
}

/**
 * Reads a secret, or makes it at first. Written whole and synced under another name, then linked:
 * of two processes that start at once one makes it, and a power cut leaves all of it or nothing.
 */
export async function keepSecret(
  path: string,
  create: () => string | Promise<string>,
): Promise<string> {
  const known = await readFile(path, 'utf8').catch(() => undefined)
  if (known !== undefined) return known
  const draft = `${path}.${randomUUID()}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(await create())
    await file.sync()
  } finally {
    await file.close()
  }
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await unlink(draft)
  return readFile(path, 'utf8')
}
