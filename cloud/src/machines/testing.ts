/**
 * Machines for the cloud's tests: enrolled through the real steps with real keys and certificates,
 * with a log they can grow, sign, and, where a test wants it, lie about.
 */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519, type KeyPair, randomBytes, sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { encodeOpen } from '@tillproof/shared/event/codec.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import type { EventParts, OpenEvent } from '@tillproof/shared/event/event.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { encodeBatch } from '@tillproof/shared/wire/batch.ts'
import { compress } from '@tillproof/shared/wire/zstd.ts'
import type { Db } from '../platform/db/db.ts'
import type { Session } from '../platform/http/route.ts'
import { type Authority, loadOrCreateAuthority } from './devices/authority.ts'
import { hashCode, newCode } from './devices/code.ts'
import { claim, createCertificate, type EnrolmentDeps, register } from './devices/enrolment.ts'
import { insertEnrolment } from './devices/store.ts'

export const TEST_CLOUD = 'test.tillproof.local'

export type TestEnrolment = EnrolmentDeps & { authority: Authority; close(): Promise<void> }

/** A certificate authority in a folder of its own, and what enrolling needs. */
export async function testEnrolment(db: Db): Promise<TestEnrolment> {
  const dir = await mkdtemp(join(tmpdir(), 'tillproof-authority-'))
  const authority = await loadOrCreateAuthority(dir, TEST_CLOUD)
  const secret = randomBytes(32)
  const close = () => rm(dir, { recursive: true, force: true })
  return { db, authority, cloudName: TEST_CLOUD, secret, close }
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A P-256 key in PEM and a certificate request for it. */
export async function testRequest(): Promise<{ keyPem: string; csrPem: string }> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=test',
    keys,
    signingAlgorithm: P256,
  })
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
  return { keyPem, csrPem: request.toString('pem') }
}

export type TestSlip = { id: string; code: string }

export async function testSlip(
  deps: TestEnrolment,
  operator: Session,
  options: { validForMinutes?: number; replaces?: string; label?: string } = {},
): Promise<TestSlip> {
  const code = newCode()
  const rows = await deps.db.withTenant(operator.organisation.id, tx =>
    insertEnrolment(tx, {
      operatorId: operator.organisation.id,
      label: options.label ?? 'Test machine',
      kind: 'virtual',
      site: 'Test site',
      replaces: options.replaces,
      codeHash: hashCode(code, deps.secret),
      createdBy: operator.userId,
      validForMinutes: options.validForMinutes ?? 60,
    }),
  )
  return { id: rows[0]?.id ?? '', code }
}

export type TestMachine = {
  deviceId: string
  epoch: number
  origin: string
  operatorId: string
  evidence: KeyPair
  tls: { keyPem: string; certificatePem: string; fingerprint: Uint8Array }
  log: TestLog
}

/** An enrolled machine whose log holds its genesis and nothing else yet. */
export async function testMachine(
  deps: TestEnrolment,
  operator: Session,
  options: Parameters<typeof testSlip>[2] = {},
): Promise<TestMachine> {
  const slip = await testSlip(deps, operator, options)
  const request = await testRequest()
  must(await claim(deps, { code: slip.code, csrPem: request.csrPem }))
  const operatorId = operator.organisation.id
  const claimer = { enrolmentId: slip.id, operatorId }
  const key = await testRequest()
  const made = must(await createCertificate(deps, claimer, key.csrPem))
  const evidence = ed25519.generate()
  const registered = must(
    await register(deps, claimer, {
      ownershipToken: made.ownershipToken,
      code: slip.code,
      model: 'Test 1',
      controllerSerial: `T-${slip.id.slice(0, 8)}`,
      ...proofOf(evidence, slip.code),
    }),
  )
  const { certificatePem, fingerprint } = made
  const { deviceId, epoch, origin } = registered
  const tls = { keyPem: key.keyPem, certificatePem, fingerprint }
  const log = testLog(origin, evidence, fingerprint)
  return { deviceId, epoch, origin, operatorId, evidence, tls, log }
}

/** What RegisterThing carries about the evidence key. */
export function proofOf(evidence: KeyPair, code: string) {
  const message = concat(utf8('tillproof/enrol/v1\0'), utf8(code))
  return {
    evidenceKey: toHex(evidence.publicKey),
    proof: toHex(ed25519.sign(evidence.privateKey, message)),
  }
}

type Draft = Partial<OpenEvent> & { kind: OpenEvent['kind'] }

export type TestLog = {
  entries: EventParts[]
  /** Appends events; answers the index of the first. */
  append(...drafts: Draft[]): number
  /** A signed head over the first `size` entries. */
  head(size?: number): string
  /** The batch of entries [from, to), with the head that covers exactly them. */
  batch(from?: number, to?: number): Uint8Array
  /** The same log up to `size`, to grow differently from there. */
  branch(size: number): TestLog
}

const BOOT_ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
/** 2026-11-21T12:00:00Z; each event is a second later than the one before. */
const START_MS = 1_795_262_400_000

export function testLog(origin: string, evidence: KeyPair, tlsFingerprint: Uint8Array): TestLog {
  const log = logOf(origin, evidence, [])
  log.append({
    kind: 'genesis',
    genesis: {
      model: 'Test 1',
      controllerSerial: 'T-1',
      tlsFingerprint,
      evidenceKey: evidence.publicKey,
      agentVersion: '0.0.0',
    },
  })
  return log
}

function logOf(origin: string, evidence: KeyPair, entries: EventParts[]): TestLog {
  const signer = ed25519Signer(origin, evidence.privateKey)
  const head = (size = entries.length) => {
    const leaves = entries.slice(0, size).map(entry => leafHash(commit(entry)))
    const root = rootOf(appendLeaves(emptyPeaks, leaves))
    return signNote(formatCheckpoint({ origin, size, root }), [signer])
  }
  return {
    entries,
    append(...drafts) {
      const first = entries.length
      for (const draft of drafts) entries.push(partsOf(draft, entries.length))
      return first
    },
    head,
    batch(from = 0, to = entries.length) {
      const batch = { firstIndex: from, entries: entries.slice(from, to), head: head(to) }
      return encodeBatch(batch, compress)
    },
    branch: size => logOf(origin, evidence, entries.slice(0, size)),
  }
}

function partsOf(draft: Draft, index: number): EventParts {
  const open = encodeOpen({
    index,
    atMs: START_MS + index * 1000,
    monotonicMs: index * 1000,
    bootId: BOOT_ID,
    ...draft,
  })
  return { open, openSalt: sha256(open).slice(0, 16), sealed: null, sealedSalt: null }
}

function must<T extends { ok: boolean }>(result: T): Extract<T, { ok: true }> {
  if (result.ok) return result as Extract<T, { ok: true }>
  throw new TillproofError('test.refused', JSON.stringify(result), 'look at the test')
}
