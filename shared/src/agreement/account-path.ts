/**
 * The names of accounts inside a book.
 * A path says what an account is for, so that a statement can be read without a lookup table;
 * design/clearing.md §1 lists the families. Paths are built here and nowhere else.
 */

const PATH = /^[a-z][a-z0-9-]{0,30}(:[A-Za-z0-9][A-Za-z0-9._-]{0,62}){1,3}$/
/** Families that a signed agreement may send money to; the others belong to the engine. */
const AGREED_FAMILIES = ['party:', 'facility:', 'supplier:', 'reserve:', 'participation:']
/** What a split script can write; of other paths it could not speak. */
const SCRIPTABLE = /^[A-Za-z0-9_:-]+$/

/** Whether the text is a well-formed account path. */
export const isAccountPath = (text: string): boolean => PATH.test(text)

/** Whether an agreement may send money to this account. */
export const isAgreedAccount = (path: string): boolean =>
  isAccountPath(path) &&
  SCRIPTABLE.test(path) &&
  AGREED_FAMILIES.some(family => path.startsWith(family)) &&
  !isSettled(path)

/** Whether what arrives here is passed on to the holders of a participation. */
export const isParticipation = (path: string): boolean => path.startsWith('participation:')

/** What a device has taken in and passed on; its balance returns to zero after each sale. */
export const deviceTakings = (deviceId: string): string => `device:${deviceId}:takings`

/** What a party's share of the sales has come to. */
export const partyShare = (organisationId: string): string => `party:${organisationId}:share`

/** What of a party's share is kept from it by order of a court. */
export const partyBlocked = (organisationId: string): string => `party:${organisationId}:blocked`

/** What has been swept from sales to repay a loan. */
export const facilityRepayment = (loanId: string): string => `facility:${loanId}:repayment`

/** What a guarantor's share has paid in a borrower's place. */
export const facilityGuarantee = (loanId: string): string => `facility:${loanId}:guarantee`

/** What is passed on to the holders of a participation; its balance returns to zero. */
export const participation = (name: string): string => `participation:${name}:pool`

/** What a reserve holds for a loan. */
export const facilityReserve = (loanId: string): string => `reserve:${loanId}:cash`

/** What a supplier is owed for goods that were sold. */
export const supplierGoods = (organisationId: string): string => `supplier:${organisationId}:goods`

/** What a payment company has collected and still owes to the book. */
export const channelReceivable = (channel: string): string => `psp:${channel}:receivable`

/** The channel of sales that are paid with coins and notes. */
export const CASH = 'cash'

/** Coins and notes that lie in a machine's box, as its sales and counts tell. */
export const cashBox = (deviceId: string): string => `cash:${deviceId}:box`

/** Coins that a machine keeps to give change with. */
export const cashTubes = (deviceId: string): string => `cash:${deviceId}:tubes`

/** Cash that a party has taken out of boxes: its debt to all who have a share of it. */
export const partyCash = (organisationId: string): string => `party:${organisationId}:cash`

/** Where a sale's gross comes from: what a payment company owes, or what lies in the box. */
export const takenInOn = (channel: string, deviceId: string): string =>
  channel === CASH ? cashBox(deviceId) : channelReceivable(channel)

/** The channel that takes its money in on this account; undefined for other accounts. */
export const channelTakenIn = (path: string): string | undefined =>
  /^cash:[^:]+:box$/.test(path) ? CASH : /^psp:([^:]+):receivable$/.exec(path)?.[1]

/** What the book owes to a payment company for its service. */
export const channelFees = (channel: string): string => `psp:${channel}:fees`

/** What a payment company says it has paid out for the trades of a day, on its way to a bank. */
export const inTransit = (channel: string, day: string): string => `in-transit:${channel}:${day}`

/**
 * Where an account's part of a sale goes when the payment company's bill has settled it: to its
 * owner's to draw on, or to what has really repaid a loan. Undefined for accounts that no bill
 * moves; a reserve goes on holding what it holds.
 */
export function settledAccount(path: string): string | undefined {
  const [family = '', of = '', what = '', ...more] = path.split(':')
  const moves = SETTLED_FAMILIES.includes(family) && what !== '' && more.length === 0
  if (!moves || isSettled(path) || HELD.has(`${family}:${what}`)) return undefined
  const settled = `${family}:${of}:${SETTLED.get(`${family}:${what}`) ?? `${what}${SUFFIX}`}`
  return isAccountPath(settled) ? settled : undefined
}

const SETTLED_FAMILIES = ['party', 'facility', 'supplier']
const SETTLED = new Map([
  ['party:share', 'available'],
  ['supplier:goods', 'available'],
  ['facility:repayment', 'repaid'],
  ['facility:guarantee', 'guaranteed'],
])
const SUFFIX = '-available'
/** What a court froze, and cash that a party has in hand already. */
const HELD = new Set(['party:blocked', 'party:cash'])

/** Whether only a settlement may bring money here. */
function isSettled(path: string): boolean {
  const [family = '', , what = ''] = path.split(':')
  const isName = what.endsWith(SUFFIX) || [...SETTLED.values()].includes(what)
  return SETTLED_FAMILIES.includes(family) && isName
}

/** Where money waits when no rule says whose it is. */
export const suspense = (reason: string): string => `suspense:${reason}`

/** What was paid back of a device's sales; its balance returns to zero after each refund. */
export const deviceRefunds = (deviceId: string): string => `device:${deviceId}:refunds`

/** What customers paid a company and got nothing for; returns to zero once it is paid back. */
export const customersOwed = (channel: string): string => `customers:${channel}:owed`

/**
 * What an account should have given back and did not have. A share's holder owes it to the book;
 * `owed:psp:…` the book owes to the payment company, which paid back more than it had collected.
 */
export const owed = (path: string): string => `owed:${path}`

/** The account that one of a refund's legs books in the place of: itself, for most. */
export const standsFor = (path: string): string => path.replace(/^owed:/, '')
