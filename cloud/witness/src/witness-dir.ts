/**
 * A witness's folder: `witness.key` (Ed25519 seed as hex, mode 0600), `witness.json` (its name and
 * the logs it serves) and `state.db`. The key is made here and never leaves it.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { cosigner, parseVkey, type Verifier, vkey } from '@tillproof/shared/note/key.ts'
import { isKeyName } from '@tillproof/shared/note/key-name.ts'
import { z } from 'zod'
import type { Witness } from './add-checkpoint.ts'
import { createState, openState } from './state.ts'

const settings = z.strictObject({
  name: z.string().refine(isKeyName),
  /** Verifier keys of the logs it cosigns; a log's key name is its origin. */
  logs: z.array(z.string()).min(1),
})

export type NewWitness = { dir: string; name: string; logs: string[] }

/** Makes key, settings and empty state; answers the witness's vkey. Never overwrites. */
export function initWitness({ dir, name, logs }: NewWitness): string {
  for (const log of logs) logVerifier(log)
  if (!isKeyName(name)) throw badSettings(dir, `"${name}" is no key name`)
  mkdirSync(dir, { recursive: true })
  if (existsSync(join(dir, 'witness.key'))) {
    throw new TillproofError(
      'witness.exists',
      `there is a witness in ${dir}`,
      'Run it, or give another --dir.',
    )
  }
  const { privateKey, publicKey } = ed25519.generate()
  const own = vkey(name, 'cosignature', publicKey)
  createState(dir, own)
  const text = `${JSON.stringify({ name, logs }, null, 2)}\n`
  writeFileSync(join(dir, 'witness.json'), text)
  writeFileSync(join(dir, 'witness.key'), `${toHex(privateKey)}\n`, { mode: 0o600, flush: true })
  chmodSync(join(dir, 'witness.key'), 0o600)
  return own
}

export type OpenWitness = Witness & { name: string; vkey: string }

/** Opens key, settings and state together; throws when one is missing or does not fit. */
export function openWitness(dir: string): OpenWitness {
  const privateKey = readKey(dir)
  const { name, logs } = readSettings(dir)
  const own = vkey(name, 'cosignature', ed25519.publicKeyOf(privateKey))
  const state = openState(dir, own)
  return {
    name,
    vkey: own,
    cosigner: cosigner(name, privateKey),
    logs: logs.map(logVerifier),
    state,
  }
}

function readKey(dir: string): Uint8Array {
  const file = join(dir, 'witness.key')
  const key = existsSync(file) ? fromHex(readFileSync(file, 'utf8').trim()) : undefined
  if (key?.length === 32) return key
  throw new TillproofError(
    'witness.no-key',
    `there is no witness key in ${dir}`,
    'Make a witness with: tillproof witness init.',
  )
}

function readSettings(dir: string): z.infer<typeof settings> {
  try {
    return settings.parse(JSON.parse(readFileSync(join(dir, 'witness.json'), 'utf8')))
  } catch (cause) {
    throw badSettings(dir, 'witness.json is missing or wrong', cause)
  }
}

function logVerifier(text: string): Verifier {
  const verifier = parseVkey(text)
  if (verifier?.type === 'ed25519') return verifier
  throw new TillproofError(
    'witness.log-key',
    `"${text}" is not the verifier key of a log`,
    'Ask the log’s operator for its vkey: name, plus, key id, plus, base64.',
  )
}

function badSettings(dir: string, what: string, cause?: unknown): TillproofError {
  return new TillproofError(
    'witness.settings',
    `the witness in ${dir} cannot be used: ${what}`,
    'Correct name and logs in witness.json.',
    { cause },
  )
}
