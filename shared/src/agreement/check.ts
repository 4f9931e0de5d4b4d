/**
 * What is wrong with an agreement before anybody signs it: the script is read, its variables and
 * accounts are held against the terms, and it is run over sample sales of every channel and item,
 * in a fresh book and in one full of arrears. Each fault is a sentence for whoever drafts it.
 */
import { describeFault } from '../numscript/fault.ts'
import { readScript } from '../numscript/script.ts'
import type { Script } from '../numscript/syntax.ts'
import type { ClearableSale } from './clear-sale.ts'
import { clearSale, MAX_GROSS_MINOR } from './clear-sale.ts'
import { assetOf } from './split.ts'
import { type BookState, EMPTY_BOOK } from './state.ts'
import { WHOLE_BASIS_POINTS } from './term/fields.ts'
import type { AgreementTerms } from './terms.ts'

export type AgreementFaultCode =
  | 'script-faulty'
  | 'script-reads'
  | 'variable-unknown'
  | 'variable-unused'
  | 'currency-differs'
  | 'account-of-nobody'
  | 'does-not-split'
  | 'part-unreachable'
  | 'channel-limit'
export type AgreementFault = { code: AgreementFaultCode; message: string }

/** By channel: hundredths of a percent of a sale that may go to others than the operator. */
export type ChannelLimits = ReadonlyMap<string, number>

/** @returns nothing for an agreement that can be signed */
export function checkAgreement(
  agreement: AgreementTerms,
  limits: ChannelLimits = new Map(),
): AgreementFault[] {
  const read = readScript(agreement.script)
  if (!read.ok) {
    return read.faults.map(each => fault('script-faulty', describeFault(agreement.script, each)))
  }
  const faults = scriptFaults(agreement, read.script)
  return faults.length > 0 ? faults : sampleFaults(agreement, limits)
}

function scriptFaults(agreement: AgreementTerms, script: Script): AgreementFault[] {
  const names = agreement.terms.map(term => term.name)
  const given = ['gross', 'takings', 'payment_company', ...names]
  const declared = script.declarations.map(each => each.name)
  const tokens = script.tokens.flatMap(({ kind, text }) => (kind === 'comment' ? [] : [text]))
  const uses = (name: string) => tokens.filter(token => token === `$${name}`).length
  const agreed = new Set(agreement.accounts.map(each => `@${each.account}`))
  const asset = assetOf(agreement.currency)
  const readsElsewhere =
    script.statements.some(each => each.kind !== 'send') ||
    script.declarations.some(each => each.origin !== undefined)
  return [
    ...(readsElsewhere
      ? [fault('script-reads', 'The script may only send what the terms compute.')]
      : []),
    ...declared
      .filter(name => !given.includes(name))
      .map(name => fault('variable-unknown', `No term computes $${name}.`)),
    ...names
      .filter(name => !declared.includes(name) || uses(name) < 2)
      .map(name => fault('variable-unused', `The script does not use the term $${name}.`)),
    ...tokens
      .filter(token => ASSET.test(token) && token !== asset)
      .map(token => fault('currency-differs', `The agreement is in ${asset}, not in ${token}.`)),
    ...tokens
      .filter(token => token.startsWith('@') && !agreed.has(token))
      .map(token => fault('account-of-nobody', `${token.slice(1)} belongs to no party.`)),
  ]
}

const ASSET = /^[A-Z][A-Z0-9]*(?:\/\d+)?$/

function sampleFaults(agreement: AgreementTerms, limits: ChannelLimits): AgreementFault[] {
  const reached = new Set<string>()
  const faults = new Map<string, AgreementFault>()
  const found = (each: AgreementFault) => faults.set(each.message, each)
  for (const sale of samplesOf(agreement)) {
    for (const state of [EMPTY_BOOK, IN_ARREARS]) {
      const cleared = clearSale(agreement, state, sale)
      if ('refused' in cleared) {
        const why = `${cleared.refused}${cleared.detail ? `: ${cleared.detail}` : ''}`
        found(fault('does-not-split', `A sale of ${sale.gross.amountMinor} is refused (${why}).`))
        continue
      }
      const { parts } = cleared.posting
      for (const part of parts) if (part.paidMinor > 0n) reached.add(part.account)
      const over = overLimit(agreement, sale, parts, limits)
      if (over !== undefined) found(fault('channel-limit', over))
    }
  }
  // Where a sale does not split at all, who gets nothing says nothing.
  if ([...faults.values()].some(each => each.code === 'does-not-split')) return [...faults.values()]
  const unreached = agreement.accounts.filter(each => !reached.has(each.account))
  return [
    ...faults.values(),
    ...unreached.map(each => fault('part-unreachable', `${each.account} can never get anything.`)),
  ]
}

/** A minor unit, a drink, a hundred and the most there can be; each channel, item and season. */
function samplesOf(agreement: AgreementTerms): ClearableSale[] {
  const { currency, deviceIds, terms, validFromMs } = agreement
  const channels = terms.flatMap(term =>
    term.kind === 'payment-fee' ? term.channels.map(each => each.channel) : [],
  )
  const listed = terms.flatMap(term =>
    term.kind === 'goods' ? term.prices.map(each => each.item) : [],
  )
  const isListRequired = terms.some(term => term.kind === 'goods' && term.unlisted === 'refuse')
  const items = [...new Set(listed)].slice(0, 50)
  const seasons = terms.flatMap(term =>
    term.kind === 'sweep' ? term.holidays.map(each => each.untilMs) : [],
  )
  return [validFromMs, ...seasons].flatMap(atMs =>
    channels.flatMap(channel =>
      [...items, ...(isListRequired ? [] : [null])].flatMap(item =>
        SAMPLE_GROSS.map(amountMinor => ({
          saleId: `${deviceIds[0]}.1.1`,
          deviceId: deviceIds[0] ?? '',
          atMs: Math.max(atMs, validFromMs),
          channel,
          item,
          gross: { amountMinor, currency },
        })),
      ),
    ),
  )
}

const SAMPLE_GROSS = [1n, 350n, 10_000n, MAX_GROSS_MINOR]
/** Below this a rounded unit may be more than a channel's part. */
const SMALLEST_LIMITED = 10_000n

const IN_ARREARS: BookState = {
  ...EMPTY_BOOK,
  tally: () => ({ period: 0, grossMinor: 0n, paidMinor: 0n, carriedMinor: 10n ** 15n }),
}

function overLimit(
  agreement: AgreementTerms,
  { channel, gross }: ClearableSale,
  parts: readonly { account: string; paidMinor: bigint }[],
  limits: ChannelLimits,
): string | undefined {
  const limit = limits.get(channel)
  if (limit === undefined || gross.amountMinor < SMALLEST_LIMITED) return undefined
  const owners = new Map(agreement.accounts.map(each => [each.account, each.partyId]))
  const away = parts
    .filter(part => (owners.get(part.account) ?? agreement.bookId) !== agreement.bookId)
    .reduce((sum, part) => sum + part.paidMinor, 0n)
  if (away * BigInt(WHOLE_BASIS_POINTS) <= gross.amountMinor * BigInt(limit)) return undefined
  return `${channel} splits at most ${percent(limit)} away from the operator; this gives away more.`
}

/** "30 %", "12.5 %" */
export const percent = (basisPoints: number): string => `${basisPoints / 100} %`

const fault = (code: AgreementFaultCode, message: string): AgreementFault => ({ code, message })
