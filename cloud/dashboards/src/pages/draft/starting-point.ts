/**
 * What a draft begins with: the next version of an agreement, or a template with figures to change.
 * Parties that are not chosen yet and keys that only they know are left to be filled in.
 */
import type { Split } from '@tillproof/shared/agreement/template/compose.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import { massageChair } from '@tillproof/shared/agreement/template/massage-chair.ts'
import { sharedCar } from '@tillproof/shared/agreement/template/shared-car.ts'
import { vending } from '@tillproof/shared/agreement/template/vending.ts'
import type { AgreementTerms, PartyRole } from '@tillproof/shared/agreement/terms.ts'

export const templateNames = ['vending', 'massageChair', 'sharedCar', 'fixedShares'] as const
export type TemplateName = (typeof templateNames)[number]

type Ids = {
  operatorId: string
  siteId: string
  supplierId: string
  lenderId: string
  agreementId: string
}
export type World = Ids & { nowMs: number; deviceIds: readonly string[] }

export const nextVersion = (terms: AgreementTerms): AgreementTerms => ({
  ...terms,
  version: terms.version + 1,
})

/** @param world ids of the reader's own organisation and of the first of each other kind */
export function fromTemplate(name: TemplateName, world: World): AgreementTerms {
  const { roles, split } = templates[name](world)
  return {
    agreementId: world.agreementId,
    version: 1,
    bookId: world.operatorId,
    currency: 'CNY',
    validFromMs: world.nowMs,
    utcOffsetMinutes: 480,
    deviceIds: [...world.deviceIds],
    parties: roles.map(([organisationId, role]) => ({ organisationId, role, signer: '0x' })),
    ...split,
  }
}

const channels = [{ channel: 'sandbox', basisPoints: 60 }]
type Made = { roles: [string, PartyRole][]; split: Split }

const templates: Record<TemplateName, (ids: Ids) => Made> = {
  fixedShares: ({ operatorId, siteId }) => ({
    roles: [
      [operatorId, 'operator'],
      [siteId, 'site'],
    ],
    split: fixedShares({
      channels,
      shares: [
        {
          name: 'site',
          account: `party:${siteId}:share`,
          partyId: siteId,
          basisPoints: 1000,
          capMinor: null,
        },
      ],
      remainder: { account: `party:${operatorId}:share`, partyId: operatorId },
    }),
  }),
  vending: ({ operatorId, siteId, supplierId }) => ({
    roles: [
      [operatorId, 'operator'],
      [siteId, 'site'],
      [supplierId, 'supplier'],
    ],
    split: vending({
      channels,
      operatorId,
      supplier: {
        partyId: supplierId,
        prices: [{ item: '1', costMinor: '150' }],
        unlisted: 'refuse',
      },
      landlord: {
        partyId: siteId,
        basisPoints: 1500,
        minimumMinor: '150000',
        upToBasisPoints: 4000,
      },
    }),
  }),
  massageChair: ({ operatorId, siteId, supplierId, lenderId }) => ({
    roles: [
      [operatorId, 'operator'],
      [siteId, 'site'],
      [supplierId, 'manufacturer'],
      [lenderId, 'investor'],
    ],
    split: massageChair({
      channels,
      operatorId,
      site: { partyId: siteId, basisPoints: 1000 },
      manufacturer: { partyId: supplierId, basisPoints: 500 },
      investors: {
        name: 'chairs',
        basisPoints: 4000,
        holders: [{ partyId: lenderId, units: 100 }],
      },
    }),
  }),
  sharedCar: ({ operatorId, siteId, supplierId, lenderId, agreementId }) => ({
    roles: [
      [operatorId, 'operator'],
      [siteId, 'site'],
      [supplierId, 'guarantor'],
      [lenderId, 'lender'],
    ],
    split: sharedCar({
      channels,
      operatorId,
      lessor: {
        partyId: lenderId,
        leaseId: agreementId,
        perDayMinor: '10000',
        catchUpBasisPoints: 5000,
        capMinor: '36500000',
      },
      manufacturer: { partyId: supplierId, basisPoints: 1000 },
      parking: {
        partyId: siteId,
        bands: [
          { fromMinor: '0', basisPoints: 500 },
          { fromMinor: '100000', basisPoints: 800 },
        ],
      },
      repairs: { targetMinor: '50000', basisPoints: 500 },
      trap: { aboveMinor: '30000', basisPoints: 2000 },
    }),
  }),
}
