/**
 * Writes the script of the usual shape: each term in turn gets what it asks for as far as the sale
 * reaches, and one account gets what is left. Operators who need another shape write their own.
 */
import type { Term } from './term/term.ts'

/** @param terms in the order in which they are paid */
export function waterfall(terms: readonly Term[], remainder: string): string {
  const variables = terms.map(term => `  monetary $${term.name}`)
  const clauses = terms.map(term => `    max $${term.name} to ${accountText(term)}`)
  return [
    'vars {',
    '  monetary $gross',
    '  account $takings',
    '  account $payment_company',
    ...variables,
    '}',
    '',
    'send $gross (',
    '  source = $takings',
    '  destination = {',
    ...clauses,
    `    remaining to @${remainder}`,
    '  }',
    ')',
    '',
  ].join('\n')
}

const accountText = (term: Term): string =>
  term.kind === 'payment-fee' ? '$payment_company' : `@${term.account}`
