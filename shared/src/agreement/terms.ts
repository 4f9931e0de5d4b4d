/**
 * The terms of a revenue-share agreement, as every party signs them.
 * One version is one immutable value: who, which machines, from when, and how each sale is split.
 * Everything is JSON (amounts as decimal strings), so that the same value is stored, shown, signed
 * and recomputed. The split is fixed shares of gross; a script will later stand in its place behind
 * the same `clearSale`.
 */
import { z } from 'zod'
import { currency, deviceId, id } from '../api/fields.ts'
import { isShareAccount } from './account-path.ts'

/** One whole, in hundredths of a percent. */
export const WHOLE_BASIS_POINTS = 10_000

export const partyRole = z.enum([
  'operator',
  'manufacturer',
  'site',
  'supplier',
  'lender',
  'investor',
  'platform',
  'guarantor',
])
const basisPoints = z.number().int().min(0).max(WHOLE_BASIS_POINTS)
const shareAccount = z
  .string()
  .refine(isShareAccount, 'must be a party:, facility:, supplier: or reserve: account')

export const party = z.strictObject({
  organisationId: id,
  role: partyRole,
  /** Address of the key the party signs with: 0x and 40 lower-case hex digits. */
  signer: z.string().regex(/^0x[0-9a-f]{40}$/),
})
export const channelFee = z.strictObject({
  channel: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  /** The payment company's fee as a part of gross, rounded half up to the minor unit. */
  basisPoints,
})
export const share = z.strictObject({
  account: shareAccount,
  partyId: id,
  /** Part of gross, rounded down to the minor unit. */
  basisPoints: basisPoints.min(1),
  /** Minor units after which this share takes no more, over the account's life; null is no end. */
  capMinor: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .nullable(),
})

const fields = z.strictObject({
  agreementId: id,
  version: z.number().int().min(1).max(1_000_000),
  /** The book (the operator's organisation) whose sales are split. */
  bookId: id,
  currency,
  /** First instant whose sales these terms may split, milliseconds since 1970 UTC. */
  validFromMs: z.number().int().min(0).max(8_640_000_000_000_000),
  deviceIds: z.array(deviceId).min(1).max(1000),
  parties: z.array(party).min(1).max(50),
  channelFees: z.array(channelFee).min(1).max(20),
  shares: z.array(share).max(50),
  /** Who gets what fee and shares leave, rounding included. */
  remainder: z.strictObject({ account: shareAccount, partyId: id }),
})

export type AgreementTerms = z.infer<typeof fields>
export type PartyRole = z.infer<typeof partyRole>
export type Share = z.infer<typeof share>

/** The schema with the rules that hold between fields; every fault is reported at once. */
export const agreementTerms = fields.superRefine((terms, context) => {
  for (const fault of faultsOf(terms)) {
    context.addIssue({ code: 'custom', path: [fault.field], message: fault.message })
  }
})

type Fault = { field: keyof AgreementTerms; message: string }

/** Rules between fields, in the order of the fields. */
function faultsOf(terms: AgreementTerms): Fault[] {
  const partyIds = terms.parties.map(each => each.organisationId)
  const accounts = [...terms.shares.map(each => each.account), terms.remainder.account]
  const rules: [boolean, keyof AgreementTerms, string][] = [
    [isSortedSet(terms.deviceIds), 'deviceIds', 'must be in ascending order, none twice'],
    [isSet(partyIds), 'parties', 'an organisation may appear once'],
    [isSet(terms.parties.map(each => each.signer)), 'parties', 'each party signs with its own key'],
    [hasOperator(terms), 'parties', "the book's own organisation must be the operator"],
    [isSet(terms.channelFees.map(each => each.channel)), 'channelFees', 'a channel appears twice'],
    [isSet(accounts), 'shares', 'an account may receive only once, the remainder included'],
    [
      terms.shares.every(each => partyIds.includes(each.partyId)),
      'shares',
      'every share belongs to a party of the agreement',
    ],
    [terms.shares.every(isOwnAccount), 'shares', "a party's account takes that party's share only"],
    [partyIds.includes(terms.remainder.partyId), 'remainder', 'belongs to no party'],
    [isOwnAccount(terms.remainder), 'remainder', 'goes to the account of another party'],
    [neverOverGives(terms), 'shares', 'fee and shares together exceed the whole'],
  ]
  return rules.filter(([holds]) => !holds).map(([, field, message]) => ({ field, message }))
}

const isSet = (values: string[]): boolean => new Set(values).size === values.length

const isSortedSet = (values: string[]): boolean =>
  values.every((value, at) => at === 0 || (values[at - 1] ?? '') < value)

/** Accounts of the family `party:` name their owner. */
const isOwnAccount = ({ account, partyId }: { account: string; partyId: string }): boolean =>
  !account.startsWith('party:') || account.startsWith(`party:${partyId}:`)

const hasOperator = (terms: AgreementTerms): boolean =>
  terms.parties.some(each => each.role === 'operator' && each.organisationId === terms.bookId)

/** With every channel's fee, the shares must fit into one whole: then no part can be negative. */
function neverOverGives(terms: AgreementTerms): boolean {
  const shares = terms.shares.reduce((sum, each) => sum + each.basisPoints, 0)
  return terms.channelFees.every(each => each.basisPoints + shares <= WHOLE_BASIS_POINTS)
}
