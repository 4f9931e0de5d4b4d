/** SQL of enrolments, certificates and the registry of devices. */
import { emptyPeaks, encodePeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import type { Tx } from '../../platform/db/db.ts'

export type EnrolmentRow = {
  id: string
  operator_id: string
  label: string
  kind: string
  site: string
  replaces: string | null
  expires_at: Date
  claimed_by: Buffer | null
  device_id: string | null
  used_at: Date | null
  created_at: Date
}

const ENROLMENT = `id, operator_id, label, kind, site, replaces, expires_at, claimed_by, device_id,
  used_at, created_at`

export type NewEnrolmentRow = {
  operatorId: string
  label: string
  kind: string
  site: string
  replaces: string | undefined
  codeHash: Buffer
  createdBy: string
  validForMinutes: number
}

export async function insertEnrolment(tx: Tx, row: NewEnrolmentRow): Promise<EnrolmentRow[]> {
  return tx.query<EnrolmentRow>(
    `insert into enrolments
       (operator_id, label, kind, site, replaces, code_hash, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 minute')
     returning ${ENROLMENT}`,
    [
      row.operatorId,
      row.label,
      row.kind,
      row.site,
      row.replaces ?? null,
      row.codeHash,
      row.createdBy,
      row.validForMinutes,
    ],
  )
}

/** The enrolment with this code, locked, so that two claims of it take turns. */
export async function lockEnrolment(tx: Tx, codeHash: Buffer): Promise<EnrolmentRow | undefined> {
  const [row] = await tx.query<EnrolmentRow>(
    `select ${ENROLMENT} from enrolments where code_hash = $1 for update`,
    [codeHash],
  )
  return row
}

export async function setClaimed(tx: Tx, id: string, keyHash: Uint8Array): Promise<void> {
  await tx.query(
    'update enrolments set claimed_by = $2, claimed_at = coalesce(claimed_at, now()) where id = $1',
    [id, keyHash],
  )
}

export type NewCertificate = {
  fingerprint: Uint8Array
  operatorId: string
  enrolmentId: string
  purpose: 'claim' | 'device'
  pem: string
  expiresAt: Date
  ownershipHash: Uint8Array | null
}

export async function insertCertificate(tx: Tx, row: NewCertificate): Promise<void> {
  await tx.query(
    `insert into certificates
       (fingerprint, operator_id, enrolment_id, purpose, pem, expires_at, ownership_hash)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      row.fingerprint,
      row.operatorId,
      row.enrolmentId,
      row.purpose,
      row.pem,
      row.expiresAt,
      row.ownershipHash,
    ],
  )
}

export type CertificateRow = {
  fingerprint: Buffer
  operator_id: string
  enrolment_id: string
  purpose: 'claim' | 'device'
  device_id: string | null
}

/** A certificate that may connect now, and who it belongs to. */
export async function findLiveCertificate(
  tx: Tx,
  fingerprint: Uint8Array,
): Promise<CertificateRow | undefined> {
  const [row] = await tx.query<CertificateRow>(
    `select c.fingerprint, c.operator_id, c.enrolment_id, c.purpose, c.device_id
     from certificates c left join devices d on d.id = c.device_id
     where c.fingerprint = $1 and c.revoked_at is null and c.expires_at > now()
       and (c.purpose = 'claim' or (c.device_id is not null and d.status <> 'retired'))`,
    [fingerprint],
  )
  return row
}

/** The certificate that was issued with this ownership token, at most an hour ago. */
export async function findOwnedCertificate(
  tx: Tx,
  ownershipHash: Uint8Array,
): Promise<CertificateRow | undefined> {
  const [row] = await tx.query<CertificateRow>(
    `select fingerprint, operator_id, enrolment_id, purpose, device_id from certificates
     where ownership_hash = $1 and revoked_at is null and issued_at > now() - interval '1 hour'`,
    [ownershipHash],
  )
  return row
}

export async function revokeCertificates(tx: Tx, deviceId: string, reason: string): Promise<void> {
  await tx.query(
    `update certificates set revoked_at = now(), revoked_reason = $2
     where device_id = $1 and revoked_at is null`,
    [deviceId, reason],
  )
  await tx.query("select pg_notify('certificates', $1)", [deviceId])
}

export async function evidenceKeyInUse(tx: Tx, key: Uint8Array): Promise<string | undefined> {
  const [row] = await tx.query<{ device_id: string }>(
    'select device_id from device_heads where evidence_key = $1',
    [key],
  )
  return row?.device_id
}

export type DeviceFacts = { model: string; controllerSerial: string }

export async function insertDevice(
  tx: Tx,
  id: string,
  enrolment: EnrolmentRow,
  facts: DeviceFacts,
): Promise<void> {
  await tx.query(
    `insert into devices (id, operator_id, label, kind, site, model, controller_serial, epoch)
     values ($1, $2, $3, $4, $5, $6, $7, 1)`,
    [
      id,
      enrolment.operator_id,
      enrolment.label,
      enrolment.kind,
      enrolment.site,
      facts.model,
      facts.controllerSerial,
    ],
  )
}

export type ReplacedRow = { epoch: number; model: string; controller_serial: string }

/** Opens the device's next epoch under a new controller; answers what it was before. */
export async function replaceController(
  tx: Tx,
  id: string,
  facts: DeviceFacts,
): Promise<ReplacedRow | undefined> {
  const [before] = await tx.query<ReplacedRow>(
    'select epoch, model, controller_serial from devices where id = $1 for update',
    [id],
  )
  await tx.query(
    `update devices set epoch = epoch + 1, model = $2, controller_serial = $3, status = 'active'
     where id = $1`,
    [id, facts.model, facts.controllerSerial],
  )
  return before
}

export type NewLog = {
  operatorId: string
  deviceId: string
  epoch: number
  origin: string
  evidenceKey: Uint8Array
}

export async function insertLog(tx: Tx, log: NewLog): Promise<void> {
  await tx.query(
    `insert into device_heads (operator_id, device_id, epoch, origin, evidence_key, peaks, root)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      log.operatorId,
      log.deviceId,
      log.epoch,
      log.origin,
      log.evidenceKey,
      encodePeaks(emptyPeaks),
      rootOf(emptyPeaks),
    ],
  )
}

export async function setRegistered(
  tx: Tx,
  enrolmentId: string,
  fingerprint: Uint8Array,
  deviceId: string,
): Promise<void> {
  await tx.query('update enrolments set device_id = $2, used_at = now() where id = $1', [
    enrolmentId,
    deviceId,
  ])
  await tx.query('update certificates set device_id = $2 where fingerprint = $1', [
    fingerprint,
    deviceId,
  ])
}
