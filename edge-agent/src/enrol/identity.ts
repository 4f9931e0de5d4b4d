/**
 * Who this gateway is: two keys born on it, the certificate the cloud gave it, and what the cloud
 * told it at enrolment. Lies in `<home>/identity/`, private files readable by the owner only.
 *
 *   tls.key  P-256, PKCS#8 PEM      tls.crt, ca.crt  PEM
 *   evidence.key  Ed25519 seed, hex      enrolment.json  see `enrolmentFile`
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519, type KeyPair } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { deviceOrigin, parseDeviceId } from '@tillproof/shared/ids.ts'
import { z } from 'zod'

export const enrolmentFile = z.strictObject({
  v: z.literal(1),
  deviceId: z.string().regex(/^d[0-9a-z]{12}$/),
  epoch: z.number().int().min(1),
  cloudName: z.string().min(1),
  server: z.url(),
  mqttHost: z.string().min(1),
  mqttPort: z.number().int().min(1).max(65_535),
  receiptVkey: z.string().min(1),
  voucherVkey: z.string().min(1),
  /** Without it, as in older enrolments, the cloud's log is not followed. */
  logVkey: z.string().min(1).optional(),
  kind: z.string().min(1),
  model: z.string().min(1),
  controllerSerial: z.string().min(1),
  enrolledAtMs: z.number().int(),
  /** SHA-256 of the one-time code, hex: tells a repeated command from a new enrolment. */
  codeHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The identity this one replaces on the same gateway, with its last signed head. */
  previous: z.strictObject({ origin: z.string(), head: z.string().nullable() }).nullable(),
})
export type EnrolmentFile = z.infer<typeof enrolmentFile>

export type Identity = EnrolmentFile & {
  /** The log's name, `<cloud name>/d/<device id>/<epoch>`. */
  origin: string
  evidence: KeyPair
  tls: { certificatePem: string; privateKeyPem: string; caPem: string }
  /** SHA-256 over the DER certificate, 32 bytes. */
  tlsFingerprint: Uint8Array
}

export const IDENTITY_FILES = {
  tlsKey: 'tls.key',
  tlsCertificate: 'tls.crt',
  ca: 'ca.crt',
  evidenceKey: 'evidence.key',
  enrolment: 'enrolment.json',
} as const

/** Throws `identity.missing`, `identity.invalid` or `identity.foreign-certificate`. */
export function loadIdentity(folder: string): Identity {
  const enrolment = parseEnrolment(folder, read(folder, IDENTITY_FILES.enrolment))
  const tls = {
    certificatePem: read(folder, IDENTITY_FILES.tlsCertificate),
    privateKeyPem: read(folder, IDENTITY_FILES.tlsKey),
    caPem: read(folder, IDENTITY_FILES.ca),
  }
  const privateKey = readEvidenceKey(folder)
  return {
    ...enrolment,
    origin: originOf(enrolment),
    evidence: { privateKey, publicKey: ed25519.publicKeyOf(privateKey) },
    tls,
    tlsFingerprint: checkedFingerprint(folder, tls),
  }
}

function read(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch (cause) {
    throw new TillproofError(
      'identity.missing',
      `This gateway has no identity yet: ${join(folder, name)} cannot be read.`,
      'Enrol it: tillproof agent enrol <code> --server <url>.',
      { cause },
    )
  }
}

function parseEnrolment(folder: string, text: string): EnrolmentFile {
  const result = enrolmentFile.safeParse(parseJson(text))
  if (result.success) return result.data
  throw invalidError(folder, IDENTITY_FILES.enrolment, z.prettifyError(result.error))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readEvidenceKey(folder: string): Uint8Array {
  const key = fromHex(read(folder, IDENTITY_FILES.evidenceKey).trim())
  if (key?.length === 32) return key
  throw invalidError(folder, IDENTITY_FILES.evidenceKey, 'it is not 32 bytes of hex')
}

function originOf({ cloudName, deviceId, epoch }: EnrolmentFile): string {
  const device = parseDeviceId(deviceId)
  if (device === undefined) throw invalidError(deviceId, 'deviceId', 'it is not a device id')
  return deviceOrigin(cloudName, device, epoch)
}

/** The certificate must belong to the key beside it and to the authority beside it. */
function checkedFingerprint(folder: string, tls: Identity['tls']): Uint8Array {
  const certificate = certificateOf(folder, IDENTITY_FILES.tlsCertificate, tls.certificatePem)
  const authority = certificateOf(folder, IDENTITY_FILES.ca, tls.caPem)
  const owns = certificate.checkPrivateKey(privateKeyOf(folder, tls.privateKeyPem))
  if (!owns || !certificate.verify(authority.publicKey)) {
    throw new TillproofError(
      'identity.foreign-certificate',
      `${join(folder, IDENTITY_FILES.tlsCertificate)} does not belong to this gateway's ${
        owns ? 'authority' : 'key'
      }.`,
      'Bring back the certificate of this gateway, or enrol again with --replace.',
    )
  }
  return new Uint8Array(Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex'))
}

function certificateOf(folder: string, name: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw invalidError(folder, name, 'it is not a PEM certificate')
  }
}

function privateKeyOf(folder: string, pem: string) {
  try {
    return createPrivateKey(pem)
  } catch {
    throw invalidError(folder, IDENTITY_FILES.tlsKey, 'it is not a PEM private key')
  }
}

function invalidError(folder: string, name: string, reason: string): TillproofError {
  return new TillproofError(
    'identity.invalid',
    `The identity in ${folder} is damaged: ${name}: ${reason}.`,
    'Bring back the folder from its backup, or enrol again with --replace.',
  )
}
