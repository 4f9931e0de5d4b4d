/** A ledger account by its purpose in words and its exact path. */
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { accountWords, namesOrganisation } from './account-words.ts'
import { CopyableId } from './text.tsx'

type AccountNameProps = {
  path: string
  /** Gives an organisation's name for its id. */
  nameOf: (id: string) => string
  /** The account's own page. */
  to?: string
}

export function AccountName({ path, nameOf, to }: AccountNameProps) {
  const { t } = useTranslation()
  const words = useAccountWords(nameOf)(path)
  return (
    <span className="two-lines">
      {words === path ? null : to === undefined ? (
        <span>{words}</span>
      ) : (
        <Link to={to}>{words}</Link>
      )}
      <CopyableId value={path} shown={shortPath(path)} what={t('ledger.account')} />
    </span>
  )
}

/** Ids of organisations and loans by their beginning: whole, they fill a telephone's width. */
const shortPath = (path: string): string => path.replace(UUID, '$1…')
const UUID = /([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** An account's purpose in words; its path where there are none. */
export function useAccountWords(nameOf: (id: string) => string): (path: string) => string {
  const { t } = useTranslation()
  return path => {
    const { kind, of } = accountWords(path)
    if (kind === 'other') return path
    return t(`account.${kind}`, { of: namesOrganisation(kind) ? nameOf(of) : of })
  }
}
