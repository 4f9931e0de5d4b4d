/**
 * The keys of the platform and of its one merchant, made at first start and kept in a folder, with
 * the settings that a cloud takes to be that merchant.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type WechatSettings,
  wechatSettings,
} from '@tillproof/cloud/money/payments/wechat/merchant.ts'

export type PlatformKeys = {
  platformKey: KeyObject
  platformSerial: string
  merchantPublicKey: KeyObject
  apiV3Key: Buffer
  /** What a cloud is configured with, under `payments.wechat`. */
  settings: WechatSettings
  /** A file that a cloud can be started with: `{payments: {wechat: …}}`. */
  settingsPath: string
}

const PLATFORM_SERIAL = 'PUB_KEY_ID_0119000001092026112100000000000001'

export function loadOrCreateKeys(dir: string, baseUrl: string): PlatformKeys {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = (name: string): string => join(dir, name)
  const platformKey = createPrivateKey(keep(path('platform.pem'), newRsaKey))
  const merchantKey = createPrivateKey(keep(path('merchant.pem'), newRsaKey))
  const publicPem = () => createPublicKey(platformKey).export({ type: 'spki', format: 'pem' })
  keep(path('platform.pub'), () => publicPem().toString())
  const apiV3Key = Buffer.from(keep(path('apiv3.key'), () => randomBytes(16).toString('hex')))
  const settings = wechatSettings.parse({
    baseUrl,
    merchantId: '1900000109',
    appId: 'wx0000000000000109',
    merchantKeyFile: path('merchant.pem'),
    merchantSerial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    apiV3KeyFile: path('apiv3.key'),
    platformKeys: [{ serial: PLATFORM_SERIAL, file: path('platform.pub') }],
    profitSharing: true,
  })
  const settingsPath = path('cloud.yaml')
  writeFileSync(settingsPath, `${JSON.stringify({ payments: { wechat: settings } }, null, 2)}\n`)
  return {
    platformKey,
    platformSerial: PLATFORM_SERIAL,
    merchantPublicKey: createPublicKey(merchantKey),
    apiV3Key,
    settings,
    settingsPath,
  }
}

/** The file's content, written first if there is none. */
function keep(path: string, make: () => string): string {
  if (!existsSync(path)) writeFileSync(path, make(), { mode: 0o600 })
  return readFileSync(path, 'utf8')
}

const newRsaKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
