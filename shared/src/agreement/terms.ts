/**
 * The terms of a revenue-share agreement, as every party signs them: docs/agreements.md.
 * One version is one immutable value: who, which machines, from when, what each term asks of a
 * sale, and the script (Numscript) that says in which order it is given. Everything is JSON
 * (amounts as decimal strings), so that the same value is stored, shown, signed and recomputed.
 */
import { z } from 'zod'
import { currency, deviceId, id } from '../api/fields.ts'
import { isParticipation } from './account-path.ts'
import { agreedAccount } from './term/fields.ts'
import { looksAt, term } from './term/term.ts'

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
export const signerAddress = z.string().regex(/^0x[0-9a-f]{40}$/)

export const party = z.strictObject({
  organisationId: id,
  role: partyRole,
  /** Address of the key the party signs with: 0x and 40 lower-case hex digits. */
  signer: signerAddress,
})
/** Whose an account is that the script may send money to. */
export const owner = z.strictObject({ account: agreedAccount, partyId: id })
/** Parts of a whole: what arrives in the account is passed on to the holders by their units. */
export const participation = z.strictObject({
  account: agreedAccount.refine(isParticipation, 'must be a participation: account'),
  holders: z
    .array(z.strictObject({ partyId: id, units: z.number().int().min(1).max(1_000_000_000) }))
    .min(1)
    .max(100),
})

const fields = z.strictObject({
  agreementId: id,
  version: z.number().int().min(1).max(1_000_000),
  /** The book (the operator's organisation) whose sales are split. */
  bookId: id,
  currency,
  /** First instant whose sales these terms may split, milliseconds since 1970 UTC. */
  validFromMs: z.number().int().min(0).max(8_640_000_000_000_000),
  /** Where the agreement's days and months begin; China is 480. */
  utcOffsetMinutes: z.number().int().min(-720).max(840),
  deviceIds: z.array(deviceId).min(1).max(1000),
  parties: z.array(party).min(1).max(50),
  /** Every account that the script sends money to, the payment company's aside. */
  accounts: z.array(owner).min(1).max(60),
  participations: z.array(participation).max(10),
  /** What is asked of each sale, in the order in which they are computed. */
  terms: z.array(term).min(1).max(40),
  /** Who is given what, in which order: docs/numscript.md. */
  script: z.string().min(1).max(20_000),
})

export type AgreementTerms = z.infer<typeof fields>
export type PartyRole = z.infer<typeof partyRole>
export type Participation = z.infer<typeof participation>

/** The schema with the rules that hold between fields; every fault is reported at once. */
export const agreementTerms = fields.superRefine((terms, context) => {
  for (const fault of faultsOf(terms)) {
    context.addIssue({ code: 'custom', path: [fault.field], message: fault.message })
  }
})

type Fault = { field: keyof AgreementTerms; message: string }

/** Rules between fields, in the order of the fields. The script's own rules are check.ts's. */
function faultsOf(terms: AgreementTerms): Fault[] {
  const partyIds = terms.parties.map(each => each.organisationId)
  const accounts = terms.accounts.map(each => each.account)
  const asking = terms.terms.flatMap(each => (each.kind === 'payment-fee' ? [] : [each.account]))
  const pools = terms.participations.map(each => each.account)
  const isParty = (partyId: string) => partyIds.includes(partyId)
  const rules: [boolean, keyof AgreementTerms, string][] = [
    [isSortedSet(terms.deviceIds), 'deviceIds', 'must be in ascending order, none twice'],
    [isSet(partyIds), 'parties', 'an organisation may appear once'],
    [isSet(terms.parties.map(each => each.signer)), 'parties', 'each party signs with its own key'],
    [hasOperator(terms), 'parties', "the book's own organisation must be the operator"],
    [isSet(accounts), 'accounts', 'an account has one owner'],
    [terms.accounts.every(each => isParty(each.partyId)), 'accounts', 'belongs to no party'],
    [terms.accounts.every(isOwnAccount), 'accounts', "is named as another party's own account"],
    [isSet(pools), 'participations', 'an account has one register'],
    [isSame(pools, accounts.filter(isParticipation)), 'participations', 'each pool has a register'],
    [
      terms.participations.every(each => each.holders.every(held => isParty(held.partyId))),
      'participations',
      'every first holder is a party of the agreement',
    ],
    [
      terms.participations.every(each => isSet(each.holders.map(held => held.partyId))),
      'participations',
      'a holder appears once in a register',
    ],
    [isSet(terms.terms.map(each => each.name)), 'terms', 'two terms have the same name'],
    [isSet(asking), 'terms', 'two terms ask for the same account'],
    [asking.every(each => accounts.includes(each)), 'terms', 'an account belongs to no party'],
    [looksBack(terms), 'terms', 'a term may look at terms before it only'],
    [hasOneFee(terms), 'terms', 'one payment fee is needed'],
    [knowsKinds(terms), 'terms', 'a trap or a call watches a sweep; a call draws on a share'],
  ]
  return rules.filter(([holds]) => !holds).map(([, field, message]) => ({ field, message }))
}

const isSet = (values: string[]): boolean => new Set(values).size === values.length

const isSame = (some: string[], others: string[]): boolean =>
  some.length === others.length && some.every(each => others.includes(each))

const isSortedSet = (values: string[]): boolean =>
  values.every((value, at) => at === 0 || (values[at - 1] ?? '') < value)

/** Accounts of the family `party:` name their owner. */
const isOwnAccount = ({ account, partyId }: { account: string; partyId: string }): boolean =>
  !account.startsWith('party:') || account.startsWith(`party:${partyId}:`)

const hasOperator = (terms: AgreementTerms): boolean =>
  terms.parties.some(each => each.role === 'operator' && each.organisationId === terms.bookId)

const hasOneFee = ({ terms }: AgreementTerms): boolean =>
  terms.filter(each => each.kind === 'payment-fee').length === 1

const looksBack = ({ terms }: AgreementTerms): boolean =>
  terms.every((each, at) => {
    const before = terms.slice(0, at).map(other => other.name)
    return looksAt(each).every(name => before.includes(name))
  })

function knowsKinds({ terms }: AgreementTerms): boolean {
  const kindOf = (name: string) => terms.find(each => each.name === name)?.kind
  return terms.every(each => {
    if (each.kind === 'cash-trap') return kindOf(each.watches) === 'sweep'
    if (each.kind !== 'guarantor-call') return true
    return kindOf(each.of) === 'sweep' && kindOf(each.from) === 'share'
  })
}
