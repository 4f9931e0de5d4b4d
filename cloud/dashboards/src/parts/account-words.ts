/** Says in words what a ledger account is for; its path stays the truth and is shown beside. */

export type AccountKind =
  | 'takings'
  | 'share'
  | 'available'
  | 'repayment'
  | 'repaid'
  | 'guarantee'
  | 'guaranteed'
  | 'goods'
  | 'goodsAvailable'
  | 'reserve'
  | 'trap'
  | 'pool'
  | 'receivable'
  | 'fees'
  | 'transit'
  | 'box'
  | 'tubes'
  | 'cash'
  | 'blocked'
  | 'refunds'
  | 'owedToCustomers'
  | 'suspense'
export type AccountWords = { kind: AccountKind; of: string } | { kind: 'other'; of: string }

/** Reads the families of account paths: `device:<id>:takings`, `party:<id>:share` and so on. */
export function accountWords(path: string): AccountWords {
  const [family = '', of = '', what = ''] = path.split(':')
  switch (`${family}:${what}`) {
    case 'device:takings':
      return { kind: 'takings', of }
    case 'party:share':
      return { kind: 'share', of }
    case 'party:available':
      return { kind: 'available', of }
    case 'facility:repaid':
      return { kind: 'repaid', of }
    case 'facility:guaranteed':
      return { kind: 'guaranteed', of }
    case 'supplier:available':
      return { kind: 'goodsAvailable', of }
    case 'cash:box':
      return { kind: 'box', of }
    case 'cash:tubes':
      return { kind: 'tubes', of }
    case 'party:cash':
      return { kind: 'cash', of }
    case 'party:blocked':
      return { kind: 'blocked', of }
    case 'device:refunds':
      return { kind: 'refunds', of }
    case 'customers:owed':
      return { kind: 'owedToCustomers', of }
    case 'facility:repayment':
      return { kind: 'repayment', of }
    case 'facility:guarantee':
      return { kind: 'guarantee', of }
    case 'supplier:goods':
      return { kind: 'goods', of }
    case 'reserve:cash':
      return { kind: 'reserve', of }
    case 'reserve:trap':
      return { kind: 'trap', of }
    case 'participation:pool':
      return { kind: 'pool', of }
    case 'psp:receivable':
      return { kind: 'receivable', of }
    case 'psp:fees':
      return { kind: 'fees', of }
    default:
      return otherWords(path, family, of)
  }
}

function otherWords(path: string, family: string, of: string): AccountWords {
  if (family === 'suspense') return { kind: 'suspense', of }
  if (family === 'in-transit') return { kind: 'transit', of }
  return { kind: 'other', of: path }
}

/** Families whose second part is an organisation's id. */
export const namesOrganisation = (kind: AccountWords['kind']): boolean =>
  kind === 'share' || kind === 'available' || kind === 'goods' || kind === 'goodsAvailable'
