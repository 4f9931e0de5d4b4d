/**
 * The names of accounts inside a book.
 * A path says what an account is for, so that a statement can be read without a lookup table;
 * design/clearing.md §1 lists the families. Paths are built here and nowhere else.
 */

const PATH = /^[a-z][a-z0-9-]{0,30}(:[A-Za-z0-9][A-Za-z0-9._-]{0,62}){1,3}$/
/** Families that a signed agreement may send money to; the others belong to the engine. */
const SHARE_FAMILIES = ['party:', 'facility:', 'supplier:', 'reserve:']

/** Whether the text is a well-formed account path. */
export const isAccountPath = (text: string): boolean => PATH.test(text)

/** Whether an agreement may name this account as the receiver of a share. */
export const isShareAccount = (path: string): boolean =>
  isAccountPath(path) && SHARE_FAMILIES.some(family => path.startsWith(family))

/** What a device has taken in and passed on; its balance returns to zero after each sale. */
export const deviceTakings = (deviceId: string): string => `device:${deviceId}:takings`

/** What a party's share of the sales has come to. */
export const partyShare = (organisationId: string): string => `party:${organisationId}:share`

/** What has been swept from sales to repay a loan. */
export const facilityRepayment = (loanId: string): string => `facility:${loanId}:repayment`

/** What a payment company has collected and still owes to the book. */
export const channelReceivable = (channel: string): string => `psp:${channel}:receivable`

/** What the book owes to a payment company for its service. */
export const channelFees = (channel: string): string => `psp:${channel}:fees`

/** Where money waits when no rule says whose it is. */
export const suspense = (reason: string): string => `suspense:${reason}`
