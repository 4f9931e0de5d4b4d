/** English. */
import type { Overdraft, Phrases, Quantity } from './phrases.ts'

export const english: Phrases = {
  world: 'the outside world',
  types: {
    account: 'an account',
    asset: 'a currency',
    number: 'a number',
    monetary: 'an amount of money',
    portion: 'a portion',
    string: 'a text',
  },
  percentage: digits => `${digits} %`,
  named: name => `“${name}”`,
  given: (variable, type) => `${variable} is given: ${type}`,
  defined: (variable, value) => `${variable} is ${value}`,
  balanceOf: (account, asset) => `the balance of ${account} in ${asset}`,
  overdraftOf: (account, asset) => `what ${account} is overdrawn in ${asset}`,
  recordOf: (key, account) => `what ${account} has noted as “${key}”`,
  everythingIn: asset => `everything in ${asset}`,
  send: what => `Send ${what}`,
  sendTo: (what, source, destination) => `send ${what} from ${source} to ${destination}`,
  save: (what, account) => `keep ${what} of ${account} out of reach from here on`,
  noteOnTransaction: (key, value) => `note on the transaction, as “${key}”: ${value}`,
  noteOnAccount: (account, key, value) => `note on ${account}, as “${key}”: ${value}`,
  inOrder: (index, clause) => `${index === 0 ? 'first' : 'then'} ${clause}`,
  gets: (who, quantity) => `${who} gets ${words(quantity)}`,
  stays: quantity => `${words(quantity)} stays where it was`,
  isSharedOut: quantity => `${words(quantity)} is shared out`,
  from: (who, quantity, overdraft) => `${part(quantity)}from ${who}${overdrawn(overdraft)}`,
  fromSeveral: (quantity, isInOrder) =>
    `${part(quantity)}from several accounts${isInOrder ? ', each as far as it reaches' : ''}`,
  sentence: clause => `${capital(clause)}.`,
  heading: clause => `${clause}:`,
}

function words(quantity: Quantity): string {
  switch (quantity.kind) {
    case 'all':
      return 'all of it'
    case 'rest':
      return 'what is left'
    case 'upTo':
      return `at most ${quantity.amount}`
    case 'portion':
      return quantity.portion
    case 'limited':
      return `${words(quantity.quantity)}, but at most ${quantity.amount},`
  }
}

/** Nothing before "from" when it is everything. */
function part(quantity: Quantity): string {
  return quantity.kind === 'all' ? '' : `${words(quantity)} `
}

function overdrawn(overdraft: Overdraft): string {
  switch (overdraft.kind) {
    case 'none':
      return ''
    case 'unbounded':
      return ', which may be overdrawn without limit'
    case 'upTo':
      return `, which may be overdrawn by up to ${overdraft.amount}`
  }
}

/** Only clauses that begin with our own words come here, never with somebody's name. */
function capital(clause: string): string {
  return clause.charAt(0).toUpperCase() + clause.slice(1)
}
