/** Says in words what a ledger account is for; its path stays the truth and is shown beside. */

export type AccountWords =
  | { kind: 'takings' | 'share' | 'repayment' | 'receivable' | 'fees' | 'suspense'; of: string }
  | { kind: 'other'; of: string }

/** Reads the families of account paths: `device:<id>:takings`, `party:<id>:share` and so on. */
export function accountWords(path: string): AccountWords {
  const [family = '', of = '', what = ''] = path.split(':')
  switch (`${family}:${what}`) {
    case 'device:takings':
      return { kind: 'takings', of }
    case 'party:share':
      return { kind: 'share', of }
    case 'facility:repayment':
      return { kind: 'repayment', of }
    case 'psp:receivable':
      return { kind: 'receivable', of }
    case 'psp:fees':
      return { kind: 'fees', of }
    default:
      return family === 'suspense' ? { kind: 'suspense', of } : { kind: 'other', of: path }
  }
}
