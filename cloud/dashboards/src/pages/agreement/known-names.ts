/** Names for the accounts and organisations of an agreement, as far as the reader knows them. */
import type { Known } from '@tillproof/shared/agreement/words/tell.ts'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { accountWords, namesOrganisation } from '../../parts/account-words.ts'
import { useOrganisations } from '../../parts/organisations.ts'

/** A party's share is told by its name alone, other accounts by what they are for. */
export function useKnownNames(): Known {
  const { t } = useTranslation()
  const { loaded } = useOrganisations()
  return useMemo(() => {
    const items = loaded.state === 'ready' ? loaded.value.items : []
    const nameOf = (id: string) => items.find(each => each.id === id)?.name
    return {
      organisation: nameOf,
      account: path => {
        const { kind, of } = accountWords(path)
        if (kind === 'other') return undefined
        const name = namesOrganisation(kind) ? nameOf(of) : of
        if (name === undefined || kind === 'share') return name
        return t(`account.${kind}`, { of: name })
      },
    }
  }, [loaded, t])
}
