/** English. */
import { type Rate, termsOfRate } from '../term/rate.ts'
import type { AgreementWords, Figures } from './words.ts'

export const english: AgreementWords = {
  period: { day: 'day', month: 'month' },
  rate,
  named: (name, sentence) => `“${spaced(name)}”: ${sentence}.`,
  given: {
    gross: 'price of the sale',
    takings: 'takings of the machine',
    payment_company: 'payment company',
  },
  order: 'Each sale is given away in this order:',
  holders: (account, holders) => `${account} is passed on to ${holders.join(', ')}.`,
  added: what => `New: ${what}`,
  removed: what => `No more: ${what}`,
  changed: (name, before, after) => `“${spaced(name)}” was: ${before}; is now: ${after}.`,
  part: {
    parties: 'a party',
    machines: 'a machine',
    accounts: 'an account',
    participations: 'a register of holders',
    script: 'a line of the script',
  },
  validFrom: ({ validFromMs }, { day }) => `Valid from ${day(validFromMs)}.`,
  term: {
    'payment-fee': (term, { percent }) =>
      `the payment company’s fee, ${term.channels
        .map(each => `${percent(each.basisPoints)} through ${each.channel}`)
        .join(', ')}`,
    'platform-fee': (term, { percent, money }) =>
      `${percent(term.basisPoints)} of each sale and ${money(term.perSaleMinor)} a sale`,
    goods: (term, { money }) =>
      `for each item sold its price: ${term.prices
        .map(each => `${each.item} ${money(each.costMinor)}`)
        .join(', ')}; ${
        term.unlisted === 'own' ? 'nothing for other items' : 'other items wait for a price'
      }`,
    share: (term, { percent, money }) =>
      `${percent(term.basisPoints)} of ${left(term.after)}${
        term.capMinor === null ? '' : `, until it has got ${money(term.capMinor)} in all`
      }`,
    'site-share': (term, { percent, money }) =>
      `of each month the greater of ${percent(term.basisPoints)} of its takings and ` +
      `${money(term.minimumMinor)}, at most ${percent(term.upToBasisPoints)} of a sale` +
      `${term.carries ? '; what stays unpaid is owed in the next month' : ''}`,
    tiers: (term, { percent, money }) =>
      `of each ${english.period[term.period]}’s takings ${term.bands
        .map(each => `${percent(each.basisPoints)} from ${money(each.fromMinor)}`)
        .join(', ')}`,
    sweep: (term, figures) => {
      const { minimum, capMinor, holidays } = term
      const { money, percent, day } = figures
      const parts = [
        ...(term.rate.of === 'nothing' ? [] : [rate(term.rate, figures)]),
        ...(minimum === null
          ? []
          : [
              `at least ${money(minimum.minor)} a ${english.period[minimum.period]}, caught up ` +
                `with out of up to ${percent(minimum.catchUpBasisPoints)} of each sale` +
                `${minimum.carries ? '; what stays unpaid is owed in the next' : ''}`,
            ]),
        ...(capMinor === null ? [] : [`until ${money(capMinor)} are paid`]),
        ...holidays.map(each => `nothing from ${day(each.fromMs)} to before ${day(each.untilMs)}`),
      ]
      return parts.join('; ')
    },
    reserve: (term, { percent, money }) =>
      `a reserve, filled to ${money(term.targetMinor)} with up to ${percent(term.basisPoints)} ` +
      'of each sale',
    'cash-trap': (term, { percent, money }) =>
      `while more than ${money(term.aboveMinor)} of “${spaced(term.watches)}” were carried ` +
      `unpaid, ${percent(term.basisPoints)} of each sale is held back`,
    'guarantor-call': term =>
      `what “${spaced(term.of)}” has carried unpaid, out of “${spaced(term.from)}”`,
  },
}

function rate(each: Rate, figures: Figures): string {
  const { percent, money } = figures
  switch (each.of) {
    case 'nothing':
      return 'nothing'
    case 'gross':
      return `${percent(each.basisPoints)} of each sale`
    case 'net':
      return `${percent(each.basisPoints)} of ${left(termsOfRate(each))}`
    case 'unit':
      return `${money(each.minor)} a sale`
    case 'greater':
    case 'lesser':
      return `the ${each.of} of ${each.rates.map(one => rate(one, figures)).join(' and ')}`
  }
}

const left = (after: readonly string[]): string =>
  after.length === 0 ? 'each sale' : `what ${after.map(spaced).join(', ')} leave of each sale`

const spaced = (name: string): string => name.replaceAll('_', ' ')
