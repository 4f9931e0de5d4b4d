/**
 * How a machine gets its identity, in the three steps of AWS IoT's fleet provisioning by claim:
 * the one-time code buys a claim certificate, the claim certificate buys a device certificate for
 * a key born on the machine, and registering makes it a device. Each step may be sent again when
 * its answer was lost, by the same key; nobody else gets past a code that was claimed.
 */
import { createHash } from 'node:crypto'
import { toBase64Url } from '@tillproof/shared/bytes/base64.ts'
import { concat, equal, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519, isAcceptableKey, randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { deviceOrigin } from '@tillproof/shared/ids.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { openIncident } from '../incidents/store.ts'
import { type Authority, type CheckedRequest, checkRequest, type Issued } from './authority.ts'
import { hashCode } from './code.ts'
import type { EnrolmentRefusal } from './errors.ts'
import * as store from './store.ts'

export type EnrolmentDeps = {
  db: Db
  authority: Authority
  cloudName: string
  /** Keys the stored hashes of codes. */
  secret: Uint8Array
}

export type Refused = { ok: false; refused: EnrolmentRefusal }
const refused = (refusal: EnrolmentRefusal): Refused => ({ ok: false, refused: refusal })

const HOUR_MS = 3_600_000
const CLAIM_LIFE_MS = 2 * HOUR_MS
const DEVICE_LIFE_MS = 5 * 365 * 24 * HOUR_MS

export async function claim(
  deps: EnrolmentDeps,
  request: { code: string; csrPem: string },
): Promise<{ ok: true; certificatePem: string } | Refused> {
  const csr = await checkRequest(request.csrPem)
  if (csr === undefined) return refused('bad-certificate-request')
  const codeHash = hashCode(request.code, deps.secret)
  return deps.db.withSystem(async tx => {
    const enrolment = await store.lockEnrolment(tx, codeHash)
    const refusal = mayClaim(enrolment, csr.keyHash, Date.now())
    if (enrolment === undefined || refusal !== undefined) return refused(refusal ?? 'code-unknown')
    await store.setClaimed(tx, enrolment.id, csr.keyHash)
    const purpose = { enrolment, purpose: 'claim', ownershipHash: null } as const
    const { pem } = await issue(deps, tx, csr, purpose)
    return { ok: true as const, certificatePem: pem }
  })
}

/** A key that claimed in time goes on after the code's time; anybody else comes too late. */
function mayClaim(
  enrolment: store.EnrolmentRow | undefined,
  keyHash: Uint8Array,
  nowMs: number,
): EnrolmentRefusal | undefined {
  if (enrolment === undefined) return 'code-unknown'
  if (enrolment.used_at !== null) return 'code-used'
  const claimedByMe = enrolment.claimed_by !== null && equal(enrolment.claimed_by, keyHash)
  if (enrolment.claimed_by !== null && !claimedByMe) return 'code-used'
  const lateMs = nowMs - enrolment.expires_at.getTime()
  return lateMs > (claimedByMe ? CLAIM_LIFE_MS : 0) ? 'code-expired' : undefined
}

type Purpose = {
  enrolment: Pick<store.EnrolmentRow, 'id' | 'operator_id'>
  purpose: 'claim' | 'device'
  ownershipHash: Uint8Array | null
}

async function issue(
  { authority }: EnrolmentDeps,
  tx: Tx,
  csr: CheckedRequest,
  { enrolment, purpose, ownershipHash }: Purpose,
): Promise<Issued> {
  const lifeMs = purpose === 'claim' ? CLAIM_LIFE_MS : DEVICE_LIFE_MS
  const issued = await authority.issueClient(csr, `${purpose} ${enrolment.id}`, lifeMs)
  await store.insertCertificate(tx, {
    fingerprint: issued.fingerprint,
    operatorId: enrolment.operator_id,
    enrolmentId: enrolment.id,
    purpose,
    pem: issued.pem,
    expiresAt: issued.expiresAt,
    ownershipHash,
  })
  return issued
}

/** Whose claim certificate the connection was made with. */
export type Claimer = { enrolmentId: string; operatorId: string }

export type CreatedCertificate = {
  ok: true
  certificatePem: string
  fingerprint: Uint8Array
  ownershipToken: string
}

export async function createCertificate(
  deps: EnrolmentDeps,
  claimer: Claimer,
  csrPem: string,
): Promise<CreatedCertificate | Refused> {
  const csr = await checkRequest(csrPem)
  if (csr === undefined) return refused('bad-certificate-request')
  const ownershipToken = toBase64Url(randomBytes(32))
  const enrolment = { id: claimer.enrolmentId, operator_id: claimer.operatorId }
  const ownershipHash = hashToken(ownershipToken)
  const { pem, fingerprint } = await deps.db.withSystem(tx =>
    issue(deps, tx, csr, { enrolment, purpose: 'device', ownershipHash }),
  )
  return { ok: true, certificatePem: pem, fingerprint, ownershipToken }
}

export type Registration = {
  ownershipToken: string
  code: string
  model: string
  controllerSerial: string
  /** Hex of the Ed25519 public key that will sign the device's heads. */
  evidenceKey: string
  /** Hex of its signature over "tillproof/enrol/v1" || 0x00 || code: the key is really there. */
  proof: string
}
export type Registered = { ok: true; deviceId: string; epoch: number; origin: string }

export async function register(
  deps: EnrolmentDeps,
  claimer: Claimer,
  request: Registration,
): Promise<Registered | Refused> {
  const evidenceKey = provenKey(request)
  if (evidenceKey === undefined) return refused('bad-evidence-key')
  const codeHash = hashCode(request.code, deps.secret)
  return deps.db.withSystem(async tx => {
    const enrolment = await store.lockEnrolment(tx, codeHash)
    if (enrolment?.id !== claimer.enrolmentId) return refused('code-unknown')
    const certificate = await store.findOwnedCertificate(tx, hashToken(request.ownershipToken))
    if (certificate?.enrolment_id !== enrolment.id) return refused('bad-ownership-token')
    const holder = await store.evidenceKeyInUse(tx, evidenceKey)
    if (enrolment.device_id !== null) {
      const same = certificate.device_id === enrolment.device_id && holder === enrolment.device_id
      return same ? registered(deps, tx, enrolment.device_id) : refused('code-used')
    }
    if (holder !== undefined) return refused('evidence-key-in-use')
    const deviceId = enrolment.replaces ?? newDeviceId()
    if (enrolment.replaces === null) await store.insertDevice(tx, deviceId, enrolment, request)
    else await replace(tx, enrolment, deviceId, request)
    await store.setRegistered(tx, enrolment.id, certificate.fingerprint, deviceId)
    const made = await registered(deps, tx, deviceId)
    const { epoch, origin } = made
    const operatorId = enrolment.operator_id
    await store.insertLog(tx, { operatorId, deviceId, epoch, origin, evidenceKey })
    return made
  })
}

function provenKey({ evidenceKey, proof, code }: Registration): Uint8Array | undefined {
  const key = fromHex(evidenceKey)
  const signature = fromHex(proof)
  if (key === undefined || signature === undefined || !isAcceptableKey(key)) return undefined
  const message = concat(utf8('tillproof/enrol/v1\0'), utf8(code))
  return ed25519.verify(key, message, signature) ? key : undefined
}

/** The old controller is cut off at once, and the lender hears of the swap. */
async function replace(
  tx: Tx,
  { operator_id: operatorId }: store.EnrolmentRow,
  deviceId: string,
  { model, controllerSerial }: Registration,
): Promise<void> {
  await store.revokeCertificates(tx, deviceId, 'controller replaced')
  const before = await store.replaceController(tx, deviceId, { model, controllerSerial })
  const detail = { before, after: { model, controllerSerial } }
  await openIncident(tx, { operatorId, deviceId, kind: 'controller-swap', detail })
}

async function registered(deps: EnrolmentDeps, tx: Tx, deviceId: string): Promise<Registered> {
  const [device] = await tx.query<{ epoch: number }>('select epoch from devices where id = $1', [
    deviceId,
  ])
  const epoch = device?.epoch ?? 1
  return { ok: true, deviceId, epoch, origin: deviceOrigin(deps.cloudName, deviceId, epoch) }
}

function hashToken(token: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(token).digest())
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'

/** `d` and 12 random digits of base 36, about 62 bits. */
function newDeviceId(): string {
  let id = 'd'
  while (id.length < 13) {
    const [byte = 0] = randomBytes(1)
    // 252 is the last whole multiple of 36 in a byte.
    if (byte < 252) id += DIGITS[byte % 36]
  }
  return id
}
