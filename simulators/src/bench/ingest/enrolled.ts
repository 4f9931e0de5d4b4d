/** Machines as the cloud knows them once they are enrolled: certificate, key and an empty log. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Db } from '@tillproof/cloud/platform/db/db.ts'
import { emptyPeaks, encodePeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { addMachine, addParty } from '../clearing/town.ts'
import type { Machine } from './fleet.ts'

/** Answers the id of the one operator that they are all of. */
export async function enrol(db: Db, machines: readonly Machine[]): Promise<string> {
  const operatorId = randomUUID()
  await db.withSystem(async tx => {
    await addParty(tx, operatorId, 'operator')
    for (const { deviceId } of machines) await addMachine(tx, operatorId, deviceId)
    await tx.query(
      `with enrolled as (
         insert into enrolments (operator_id, label, kind, site, code_hash, created_by, expires_at)
         values ($1, 'Bench', 'vending', 'Bench', $2, $1, now()) returning id)
       insert into certificates (fingerprint, operator_id, enrolment_id, purpose, device_id, pem,
         expires_at)
       select fingerprint, $1, enrolled.id, 'device', device, '', now()
       from enrolled, unnest($3::bytea[], $4::text[]) as issued (fingerprint, device)`,
      [
        operatorId,
        randomBytes(32),
        machines.map(({ tlsFingerprint }) => Buffer.from(tlsFingerprint)),
        machines.map(({ deviceId }) => deviceId),
      ],
    )
    await tx.query(
      `insert into device_heads (operator_id, device_id, epoch, origin, evidence_key, peaks, root)
       select $1, device, 1, origin, key, $5, $6
       from unnest($2::text[], $3::text[], $4::bytea[]) as log (device, origin, key)`,
      [
        operatorId,
        machines.map(({ deviceId }) => deviceId),
        machines.map(({ origin }) => origin),
        machines.map(({ evidenceKey }) => Buffer.from(evidenceKey)),
        encodePeaks(emptyPeaks),
        rootOf(emptyPeaks),
      ],
    )
  })
  return operatorId
}
