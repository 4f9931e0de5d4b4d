/** Who we are to WeChat Pay: the settings, and the keys read from the files that they name. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { z } from 'zod'
import { KEY_LENGTH } from './resource.ts'
import type { Signer } from './signature.ts'

export const wechatSettings = z.strictObject({
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.mch.weixin.qq.com'),
  merchantId: z.string().regex(/^\d{6,32}$/),
  appId: z.string().regex(/^wx[0-9a-f]{8,30}$/),
  /** PEM of the merchant's RSA key, and the serial number of its certificate. */
  merchantKeyFile: z.string().min(1),
  merchantSerial: z.string().regex(/^[0-9A-Fa-f]{1,64}$/),
  /** The 32 characters of the API v3 key. */
  apiV3KeyFile: z.string().min(1),
  /** The platform's public keys (PEM, or its certificates), by key id or serial number. */
  platformKeys: z
    .array(z.strictObject({ serial: z.string().min(1).max(64), file: z.string().min(1) }))
    .min(1),
  /** Orders wait for their split (分账) before the merchant may draw on them. */
  profitSharing: z.boolean().default(false),
  /** What splitting may give away of an order, in hundredths of a percent. */
  splitsAtMostBasisPoints: z.number().int().min(0).max(10_000).default(3_000),
})
export type WechatSettings = z.infer<typeof wechatSettings>

export type WechatMerchant = {
  baseUrl: string
  appId: string
  signer: Signer
  apiV3Key: Uint8Array
  platformKeys: ReadonlyMap<string, KeyObject>
  profitSharing: boolean
  splitsAtMostBasisPoints: number
}

/** Throws `wechat.key-unusable` for a file that is not there or does not hold what it should. */
export async function openMerchant(settings: WechatSettings): Promise<WechatMerchant> {
  const { merchantKeyFile, apiV3KeyFile, platformKeys } = settings
  const entries = await Promise.all(
    platformKeys.map(
      async ({ serial, file }) => [serial, await readKey(file, platformKeyOf)] as const,
    ),
  )
  return {
    baseUrl: settings.baseUrl,
    appId: settings.appId,
    signer: {
      merchantId: settings.merchantId,
      serial: settings.merchantSerial,
      privateKey: await readKey(merchantKeyFile, merchantKeyOf),
    },
    apiV3Key: await readKey(apiV3KeyFile, sealingKeyOf),
    platformKeys: new Map(entries),
    profitSharing: settings.profitSharing,
    splitsAtMostBasisPoints: settings.splitsAtMostBasisPoints,
  }
}

async function readKey<Key>(
  path: string,
  parse: (content: string) => Key | undefined,
): Promise<Key> {
  const key = await readFile(path, 'utf8')
    .then(parse)
    .catch((cause: unknown) => unusable(path, cause))
  return key ?? unusable(path)
}

function unusable(path: string, cause?: unknown): never {
  throw new TillproofError(
    'wechat.key-unusable',
    `${path} does not hold the key that payments.wechat names it for.`,
    'Take it from the merchant platform again: RSA keys as PEM, the API v3 key as 32 characters.',
    { cause },
  )
}

const rsa = (key: KeyObject): KeyObject | undefined =>
  key.asymmetricKeyType === 'rsa' ? key : undefined

const merchantKeyOf = (pem: string): KeyObject | undefined => rsa(createPrivateKey(pem))

const platformKeyOf = (pem: string): KeyObject | undefined =>
  rsa(pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem))

function sealingKeyOf(content: string): Uint8Array | undefined {
  const key = utf8(content.trim())
  return key.length === KEY_LENGTH ? key : undefined
}
