/** For tests: a certificate authority, certificates by it, and ready-made identity folders. */
import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BasicConstraintsExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { receiptKeyName, voucherKeyName } from '@tillproof/shared/ids.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { type EnrolmentFile, IDENTITY_FILES } from './identity.ts'
import { certificateRequest, importTlsKey, newTlsKey } from './keys.ts'

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export type TestAuthority = {
  certificatePem: string
  /** Signs a PKCS#10 request; `hosts` become subject alternative names. */
  issue(requestPem: string, commonName: string, hosts?: string[]): Promise<string>
}

export async function testAuthority(): Promise<TestAuthority> {
  const keys = await importTlsKey(await newTlsKey())
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Test authority',
    keys,
    signingAlgorithm: ECDSA,
    extensions: [new BasicConstraintsExtension(true, 1, true)],
  })
  return {
    certificatePem: root.toString('pem'),
    async issue(requestPem, commonName, hosts = []) {
      const request = new Pkcs10CertificateRequest(requestPem)
      const names = hosts.map(value =>
        /^[\d.]+$/.test(value)
          ? ({ type: 'ip', value } as const)
          : ({ type: 'dns', value } as const),
      )
      const certificate = await X509CertificateGenerator.create({
        subject: `CN=${commonName}`,
        issuer: root.subject,
        publicKey: request.publicKey as unknown as webcrypto.CryptoKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ECDSA,
        extensions: names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : [],
      })
      return certificate.toString('pem')
    },
  }
}

/** A key and a certificate for it. */
export async function testCertificate(authority: TestAuthority, name: string, hosts?: string[]) {
  const privateKeyPem = await newTlsKey()
  const request = await certificateRequest(privateKeyPem, name)
  return { privateKeyPem, certificatePem: await authority.issue(request, name, hosts) }
}

export const TEST_CLOUD_NAME = 'test.tillproof.local'

/** The cloud's note keys as tests hold them. */
export function testCloudKeys() {
  const receipts = ed25519.generate()
  const vouchers = ed25519.generate()
  return {
    receipts,
    vouchers,
    receiptVkey: vkey(receiptKeyName(TEST_CLOUD_NAME), 'ed25519', receipts.publicKey),
    voucherVkey: vkey(voucherKeyName(TEST_CLOUD_NAME), 'ed25519', vouchers.publicKey),
  }
}

/** Writes a whole identity folder, as enrolment leaves it. */
export async function writeTestIdentity(
  folder: string,
  authority: TestAuthority,
  values: Pick<EnrolmentFile, 'deviceId' | 'mqttPort' | 'receiptVkey' | 'voucherVkey'>,
): Promise<void> {
  const tls = await testCertificate(authority, values.deviceId)
  const enrolment: EnrolmentFile = {
    v: 1,
    epoch: 1,
    cloudName: TEST_CLOUD_NAME,
    server: 'http://127.0.0.1:9',
    mqttHost: 'localhost',
    kind: 'virtual',
    model: 'Test 1',
    controllerSerial: 'T-0001',
    enrolledAtMs: 1_800_000_000_000,
    codeHash: '0'.repeat(64),
    previous: null,
    ...values,
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, text: string) =>
    writeFileSync(join(folder, name), text, { mode: 0o600 })
  write(IDENTITY_FILES.tlsKey, tls.privateKeyPem)
  write(IDENTITY_FILES.tlsCertificate, tls.certificatePem)
  write(IDENTITY_FILES.ca, authority.certificatePem)
  write(IDENTITY_FILES.evidenceKey, `${toHex(ed25519.generate().privateKey)}\n`)
  write(IDENTITY_FILES.enrolment, JSON.stringify(enrolment))
}
