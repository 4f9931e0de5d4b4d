/**
 * Keys and certificate requests, made on this gateway; private keys never leave it.
 * TLS keys are P-256 (what AWS IoT Core and every TLS stack take).
 */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A new P-256 private key, PKCS#8 PEM. */
export async function newTlsKey(): Promise<string> {
  const { privateKey } = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
}

/** A PKCS#10 request (PEM) for the key, with `commonName` as its only name. */
export async function certificateRequest(
  privateKeyPem: string,
  commonName: string,
): Promise<string> {
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys: await importTlsKey(privateKeyPem),
    signingAlgorithm: P256,
  })
  return `${request.toString('pem')}\n`
}

/** Both halves of a PKCS#8 PEM key as WebCrypto keys. */
export async function importTlsKey(privateKeyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const der = Buffer.from(privateKeyPem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const privateKey = await webcrypto.subtle.importKey('pkcs8', der, P256, true, ['sign'])
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', privateKey)
  const jwk = { kty, crv, x, y } as webcrypto.JsonWebKey
  const publicKey = await webcrypto.subtle.importKey('jwk', jwk, P256, true, ['verify'])
  return { privateKey, publicKey }
}
