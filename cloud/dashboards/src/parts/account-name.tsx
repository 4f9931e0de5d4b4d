/** A ledger account by its purpose in words and its exact path. */
import { useTranslation } from 'react-i18next'
import { accountWords, namesOrganisation } from './account-words.ts'
import { CopyableId } from './text.tsx'

/** `nameOf` gives an organisation's name for its id. */
export function AccountName({ path, nameOf }: { path: string; nameOf: (id: string) => string }) {
  const { t } = useTranslation()
  const { kind, of } = accountWords(path)
  return (
    <span className="two-lines">
      {kind === 'other' ? null : (
        <span>{t(`account.${kind}`, { of: namesOrganisation(kind) ? nameOf(of) : of })}</span>
      )}
      <CopyableId value={path} what={t('ledger.account')} />
    </span>
  )
}
