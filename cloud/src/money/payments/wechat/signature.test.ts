/** WeChat Pay signatures against OpenSSL's command line, and what a single changed byte does. */
import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authorization, refuseMessage } from './signature.ts'

let dir: string
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
const pem = (name: string): string => readFileSync(join(dir, name), 'utf8')

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-wechat-signature-'))
  for (const name of ['merchant', 'platform']) {
    openssl('genrsa', '-out', `${name}.pem`, '2048')
    openssl('rsa', '-in', `${name}.pem`, '-pubout', '-out', `${name}.pub`)
  }
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Base64, signed by OpenSSL over exactly this text. */
function signedByOpenssl(text: string): string {
  writeFileSync(join(dir, 'text'), text)
  openssl('dgst', '-sha256', '-sign', 'platform.pem', '-out', 'signed', 'text')
  return readFileSync(join(dir, 'signed')).toString('base64')
}

test('OpenSSL verifies a request over method, URL with query, time, nonce and body', () => {
  const privateKey = createPrivateKey(pem('merchant.pem'))
  const header = authorization(
    { merchantId: '1900009191', serial: '1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C', privateKey },
    { atMs: 1_554_208_460_999, nonce: '593BEC0C930BF1AFEB40B4A08C8FB242' },
    { method: 'POST', path: '/v3/pay/transactions/native?a=1', body: '{"description":"可乐"}' },
  )
  const fields = /^WECHATPAY2-SHA256-RSA2048 mchid="1900009191",nonce_str="(\w+)",/.exec(header)
  expect(fields?.[1]).toBe('593BEC0C930BF1AFEB40B4A08C8FB242')
  expect(header).toContain(',timestamp="1554208460",')
  expect(header).toContain(',serial_no="1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"')
  const signature = /signature="([^"]+)"/.exec(header)?.[1] ?? ''
  writeFileSync(join(dir, 'signature'), Buffer.from(signature, 'base64'))
  writeFileSync(
    join(dir, 'request'),
    'POST\n/v3/pay/transactions/native?a=1\n1554208460\n' +
      '593BEC0C930BF1AFEB40B4A08C8FB242\n{"description":"可乐"}\n',
  )
  const check = ['-sha256', '-verify', 'merchant.pub', '-signature', 'signature', 'request']
  expect(openssl('dgst', ...check)).toBe('Verified OK\n')
})

test('a message signed by OpenSSL holds; each single change is refused by its name', () => {
  const body = '{"id":"EV-1","amount":350}'
  const good = {
    'wechatpay-timestamp': '1554208460',
    'wechatpay-nonce': 'c5ac7061fccab6bf3e254dcf98995b8c',
    'wechatpay-signature': signedByOpenssl(
      `1554208460\nc5ac7061fccab6bf3e254dcf98995b8c\n${body}\n`,
    ),
    'wechatpay-serial': 'PUB_KEY_ID_0001',
  }
  const keys = new Map([['PUB_KEY_ID_0001', createPublicKey(pem('platform.pub'))]])
  const check = (change: object = {}, text = body, nowMs = 1_554_208_460_000) =>
    refuseMessage(keys, { ...good, ...change }, utf8(text), nowMs)
  const cases: [ReturnType<typeof check>, string | undefined][] = [
    [check(), undefined],
    [check({}, body, 1_554_208_760_000), undefined],
    [check({}, body, 1_554_208_160_000), undefined],
    [check({}, body, 1_554_208_760_001), 'skew'],
    [check({}, body, 1_554_208_159_999), 'skew'],
    [check({}, body.replace('350', '351')), 'bad-signature'],
    [check({}, `${body}\n`), 'bad-signature'],
    [check({ 'wechatpay-nonce': 'c5ac7061fccab6bf3e254dcf98995b8d' }), 'bad-signature'],
    [check({ 'wechatpay-timestamp': '1554208461' }), 'bad-signature'],
    [check({ 'wechatpay-serial': 'PUB_KEY_ID_0002' }), 'unknown-key'],
    [check({ 'wechatpay-signature': 'WECHATPAY/SIGNTEST/!' }), 'header-malformed'],
    [check({ 'wechatpay-timestamp': 'yesterday' }), 'header-malformed'],
    [check({ 'wechatpay-nonce': undefined }), 'header-missing'],
    [check({ 'wechatpay-serial': '' }), 'header-missing'],
  ]
  expect(cases.map(([found]) => found)).toEqual(cases.map(([, wanted]) => wanted))
})
