/**
 * The company's key and the one merchant's credentials, made at first start and kept in its folder.
 * The merchant's file is what a cloud is configured with.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type MerchantCredentials,
  merchantCredentials,
} from '@tillproof/cloud/money/payments/sandbox-wire.ts'
import { fromBase64, toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type CompanyKeys = {
  privateKey: Uint8Array
  merchantPublicKey: Uint8Array
  merchant: MerchantCredentials
  credentialsPath: string
}

/**
 * Loads the keys, making them first if the folder is new; the base URL, and what bills are of, are
 * written anew.
 */
export function loadOrCreateCredentials(
  dir: string,
  baseUrl: string,
  billEveryMs?: number,
): CompanyKeys {
  const privateKey = loadCompanyKey(join(dir, 'company.key'))
  const credentialsPath = join(dir, 'merchant.json')
  const { billEveryMs: _, ...known } = readMerchant(credentialsPath) ?? newMerchant()
  const merchant: MerchantCredentials = {
    ...known,
    ...(billEveryMs === undefined ? {} : { billEveryMs }),
    baseUrl,
    companyPublicKey: toBase64(ed25519.publicKeyOf(privateKey)),
  }
  writePrivate(credentialsPath, `${JSON.stringify(merchant, null, 2)}\n`)
  const merchantKey = keyFrom(merchant.merchantPrivateKey, credentialsPath)
  const merchantPublicKey = ed25519.publicKeyOf(merchantKey)
  return { privateKey, merchantPublicKey, merchant, credentialsPath }
}

function loadCompanyKey(path: string): Uint8Array {
  if (existsSync(path)) return keyFrom(readFileSync(path, 'utf8').trim(), path)
  const { privateKey } = ed25519.generate()
  writePrivate(path, `${toBase64(privateKey)}\n`)
  return privateKey
}

const readMerchant = (path: string): MerchantCredentials | undefined =>
  existsSync(path) ? merchantCredentials.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined

const newMerchant = (): Pick<
  MerchantCredentials,
  'merchantId' | 'merchantPrivateKey' | 'billEveryMs'
> => ({
  merchantId: 'sandbox-merchant-1',
  merchantPrivateKey: toBase64(ed25519.generate().privateKey),
})

function keyFrom(text: string, path: string): Uint8Array {
  const key = fromBase64(text)
  if (key?.length === 32) return key
  throw new TillproofError(
    'sandbox.key-malformed',
    `${path} does not hold a 32-byte key.`,
    'Restore the file, or start with an empty folder.',
  )
}

/** Whole or not at all: a file cut short by a crash would lock the merchant out. */
function writePrivate(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
