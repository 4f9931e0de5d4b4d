/**
 * A book to clear sales into: one operator with three machines that sell, under a signed agreement
 * whose every sale has eight legs: fee, goods, rent, sweep and the rest, by way of the machine. The
 * payment company's, the operator's and the lender's accounts are touched by all of them.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { MatchedSale } from '@tillproof/cloud/money/ledger/matched.ts'
import type { Db, Tx } from '@tillproof/cloud/platform/db/db.ts'
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import type { BookAgreements } from '@tillproof/shared/agreement/in-force.ts'
import { vending } from '@tillproof/shared/agreement/template/vending.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'

export type Town = {
  operatorId: string
  agreements: BookAgreements
  /** Sales no town of this process has had before, a second apart. */
  sell(count: number): MatchedSale[]
}

const ROLES = ['operator', 'supplier', 'site', 'lender'] as const
const OPENED_AT_MS = 1_760_000_000_000
const PRICE_MINOR = 350n
const NEVER_PAID_OFF = '100000000000000'

export async function buildTown(db: Db): Promise<Town> {
  const terms = termsOf()
  await db.withSystem(async tx => {
    for (const { organisationId, role } of terms.parties) await addParty(tx, organisationId, role)
    for (const deviceId of terms.deviceIds) await addMachine(tx, terms.bookId, deviceId)
    await addAgreement(tx, terms)
  })
  const agreements = { signed: [{ terms, effectiveFromMs: OPENED_AT_MS }], transfers: [] }
  let sold = 0
  return {
    operatorId: terms.bookId,
    agreements,
    sell: count => Array.from({ length: count }, () => saleOf(terms, sold++)),
  }
}

function saleOf({ deviceIds, currency }: AgreementTerms, number: number): MatchedSale {
  const at = new Date(OPENED_AT_MS + number * 1000)
  const deviceId = deviceIds[number % deviceIds.length] ?? ''
  return {
    saleId: `${deviceId}.1.${number + 1}`,
    deviceId,
    orderId: randomUUID(),
    channel: 'sandbox',
    amountMinor: PRICE_MINOR,
    currency,
    item: 'A3',
    at,
    matchedAt: at.toISOString(),
  }
}

function termsOf(): AgreementTerms {
  const partyIds = ROLES.map(() => randomUUID() as string)
  const [operatorId = '', supplierId = '', siteId = '', lenderId = ''] = partyIds
  const deviceIds = [1, 2, 3].map(() => `d${randomBytes(6).toString('hex')}`).toSorted(inOrder)
  return {
    agreementId: randomUUID(),
    version: 1,
    bookId: operatorId,
    currency: 'CNY',
    validFromMs: OPENED_AT_MS,
    utcOffsetMinutes: 480,
    deviceIds,
    parties: partyIds.map((organisationId, at) => ({
      organisationId,
      role: ROLES[at] ?? 'operator',
      signer: `0x${randomBytes(20).toString('hex')}`,
    })),
    ...vending({
      channels: [{ channel: 'sandbox', basisPoints: 60 }],
      operatorId,
      supplier: {
        partyId: supplierId,
        prices: [{ item: 'A3', costMinor: '120' }],
        unlisted: 'refuse',
      },
      landlord: {
        partyId: siteId,
        basisPoints: 1500,
        minimumMinor: '80000',
        upToBasisPoints: 2500,
      },
      loan: { loanId: randomUUID(), lenderId, basisPoints: 2000, capMinor: NEVER_PAID_OFF },
    }),
  }
}

const inOrder = (one: string, other: string): number => (one < other ? -1 : 1)

export async function addParty(tx: Tx, id: string, kind: string): Promise<void> {
  await tx.query('insert into organisations (id, name, kind) values ($1, $2, $3)', [
    id,
    `${kind} ${id}`,
    kind,
  ])
  await tx.query(
    `insert into users (id, organisation_id, email, name, role, password_hash)
     values ($1, $1, $2, 'Bench', 'admin', 'none')`,
    [id, `${id}@bench.invalid`],
  )
}

export async function addMachine(tx: Tx, operatorId: string, deviceId: string): Promise<void> {
  await tx.query(
    `insert into devices (id, operator_id, label, kind, site, model, controller_serial, epoch)
     values ($1, $2, $1, 'vending', 'Bench', 'bench', $1, 1)`,
    [deviceId, operatorId],
  )
}

async function addAgreement(tx: Tx, terms: AgreementTerms): Promise<void> {
  await tx.query(
    `insert into agreements (operator_id, agreement_id, version, currency, terms, hash, party_ids,
       proposed_by, effective_from)
     values ($1, $2, $3, $4, $5, $6, $7, $1, $8)`,
    [
      terms.bookId,
      terms.agreementId,
      terms.version,
      terms.currency,
      JSON.stringify(terms),
      agreementHash(terms),
      terms.parties.map(party => party.organisationId),
      new Date(OPENED_AT_MS),
    ],
  )
}
