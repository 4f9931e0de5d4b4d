/** From settings to a channel: keys from files, and a clear word when one is not right. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configuredChannels } from '../configured.ts'
import { wechatSettings } from './merchant.ts'

let dir: string
const path = (name: string): string => join(dir, name)

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-wechat-merchant-'))
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const other = generateKeyPairSync('ed25519')
  writeFileSync(path('rsa.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(path('rsa.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(path('ed25519.pem'), other.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(path('apiv3.key'), '0123456789abcdef0123456789abcdef\n')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const settings = (change: object = {}) => ({
  merchantId: '1900000109',
  appId: 'wx0000000000000109',
  merchantKeyFile: path('rsa.pem'),
  merchantSerial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
  apiV3KeyFile: path('apiv3.key'),
  platformKeys: [{ serial: 'PUB_KEY_ID_1', file: path('rsa.pub') }],
  ...change,
})
const open = (change?: object) =>
  configuredChannels(
    { wechat: wechatSettings.parse(settings(change)) },
    { publicUrl: 'https://cloud.example', clock: () => 0, randomBytes },
  )

test('a merchant with its keys is a channel; without splitting it sets no limit', async () => {
  expect(await open()).toMatchObject([{ name: 'wechat' }])
  expect((await open())?.[0]).not.toHaveProperty('givesAwayAtMostBasisPoints')
  expect(await open({ profitSharing: true })).toMatchObject([{ givesAwayAtMostBasisPoints: 3000 }])
})

test('without a company there are no channels', async () => {
  const around = { publicUrl: 'https://cloud.example', clock: () => 0, randomBytes }
  expect(await configuredChannels({}, around)).toBeUndefined()
})

test.each([
  ['a merchant key that is not there', () => ({ merchantKeyFile: path('none') })],
  ['a merchant key that is not RSA', () => ({ merchantKeyFile: path('ed25519.pem') })],
  ['an API v3 key of another length', () => ({ apiV3KeyFile: path('rsa.pem') })],
  [
    'a platform key that is none',
    () => ({
      platformKeys: [{ serial: 'X', file: path('apiv3.key') }],
    }),
  ],
])('%s is named', async (_, change) => {
  await expect(open(change())).rejects.toMatchObject({ code: 'wechat.key-unusable' })
})

test('no secret has a default, and nothing unknown is let through', () => {
  expect(wechatSettings.safeParse({}).success).toBe(false)
  expect(wechatSettings.safeParse(settings({ apiV3Key: 'x' })).success).toBe(false)
  const { apiV3KeyFile: _, ...rest } = settings()
  expect(wechatSettings.safeParse(rest).success).toBe(false)
})
