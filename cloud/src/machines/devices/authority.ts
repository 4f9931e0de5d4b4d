/**
 * The cloud's own certificate authority for machines: a P-256 root that signs the broker's server
 * certificate, the cloud's own MQTT clients, and the claim and device certificates of machines.
 * Who a certificate belongs to is looked up by its fingerprint; names in it are for people.
 */
import 'reflect-metadata'
import { createHash, webcrypto } from 'node:crypto'
import { join } from 'node:path'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { keepSecret } from '../../platform/keys.ts'

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000
const ROOT_LIFE_MS = 20 * 365 * DAY_MS
/** The broker's is made anew at each start; the cloud's own clients keep one, in a file of ours. */
const OWN_LIFE_MS = 10 * 365 * DAY_MS
/** Clocks of machines may be behind. */
const BACKDATED_MS = DAY_MS

export type Authority = {
  caPem: string
  /** A fresh key and certificate for the broker; `hosts` are DNS names and IP addresses. */
  issueServer(hosts: readonly string[]): Promise<KeyAndCertificate>
  /** The same for one of our own MQTT clients. */
  issueService(name: string): Promise<KeyAndCertificate>
  /** For a machine's key, out of its certificate request. */
  issueClient(request: CheckedRequest, name: string, lifeMs: number): Promise<Issued>
}
export type Issued = {
  pem: string
  /** SHA-256 of the DER bytes. */
  fingerprint: Uint8Array
  expiresAt: Date
}
export type KeyAndCertificate = Issued & { keyPem: string }
/** A PKCS#10 request whose signature fits and whose key is P-256. */
export type CheckedRequest = { request: Pkcs10CertificateRequest; keyHash: Uint8Array }

export async function loadOrCreateAuthority(dir: string, cloudName: string): Promise<Authority> {
  const keyPem = await keepSecret(join(dir, 'ca.key'), async () => {
    const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
    return toPem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  })
  const keys = await importKeys(keyPem)
  const caPem = await keepSecret(join(dir, 'ca.crt'), async () => {
    const root = await X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: [{ CN: [`${cloudName} machines`] }],
      ...validity(ROOT_LIFE_MS),
      keys,
      signingAlgorithm: P256,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    })
    return `${root.toString('pem')}\n`
  })
  return authority(new X509Certificate(caPem), keys.privateKey, caPem)
}

function authority(root: X509Certificate, rootKey: webcrypto.CryptoKey, caPem: string): Authority {
  async function issue(
    name: string,
    publicKey: Pkcs10CertificateRequest['publicKey'] | webcrypto.CryptoKey,
    lifeMs: number,
    extensions: Extension[],
  ): Promise<Issued> {
    const dates = validity(lifeMs)
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [name] }],
      issuer: root.subject,
      ...dates,
      publicKey,
      signingKey: rootKey,
      signingAlgorithm: P256,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        ...extensions,
      ],
    })
    const pem = `${certificate.toString('pem')}\n`
    return { pem, fingerprint: sha256Of(certificate.rawData), expiresAt: dates.notAfter }
  }

  async function issueWithKey(name: string, extensions: Extension[]): Promise<KeyAndCertificate> {
    const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
    const keyPem = toPem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
    return { keyPem, ...(await issue(name, keys.publicKey, OWN_LIFE_MS, extensions)) }
  }

  return {
    caPem,
    issueServer: hosts =>
      issueWithKey(hosts[0] ?? 'broker', [
        usage(ExtendedKeyUsage.serverAuth),
        new SubjectAlternativeNameExtension(hosts.map(alternativeName)),
      ]),
    issueService: name => issueWithKey(name, [usage(ExtendedKeyUsage.clientAuth)]),
    issueClient: ({ request }, name, lifeMs) =>
      issue(name, request.publicKey, lifeMs, [usage(ExtendedKeyUsage.clientAuth)]),
  }
}

/** Answers undefined unless it is a request signed by the P-256 key it carries. */
export async function checkRequest(csrPem: string): Promise<CheckedRequest | undefined> {
  try {
    const request = new Pkcs10CertificateRequest(csrPem)
    const { algorithm } = request.publicKey
    const isP256 = Reflect.get(algorithm, 'namedCurve') === 'P-256'
    if (!isP256 || !(await request.verify())) return undefined
    return { request, keyHash: sha256Of(request.publicKey.rawData) }
  } catch {
    return undefined
  }
}

function usage(purpose: ExtendedKeyUsage): Extension {
  return new ExtendedKeyUsageExtension([purpose])
}

function alternativeName(host: string) {
  const type = /^[\d.]+$|:/.test(host) ? ('ip' as const) : ('dns' as const)
  return { type, value: host }
}

function validity(lifeMs: number) {
  const now = Date.now()
  // Whole seconds, as certificates carry them.
  const notAfter = new Date(Math.floor((now + lifeMs) / 1000) * 1000)
  return { notBefore: new Date(now - BACKDATED_MS), notAfter }
}

/** Positive and random, at most 20 bytes (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01
  return toHex(bytes)
}

function sha256Of(bytes: ArrayBuffer): Uint8Array {
  return new Uint8Array(createHash('sha256').update(new Uint8Array(bytes)).digest())
}

async function importKeys(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const privateKey = await webcrypto.subtle.importKey('pkcs8', der, P256, true, ['sign'])
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', privateKey)
  const jwk = { kty, crv, x, y } as webcrypto.JsonWebKey
  const publicKey = await webcrypto.subtle.importKey('jwk', jwk, P256, true, ['verify'])
  return { privateKey, publicKey }
}

function toPem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
