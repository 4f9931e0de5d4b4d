/** Names for the accounts and organisations of an agreement, as far as the reader knows them. */
import type { Known } from '@tillproof/shared/agreement/words/tell.ts'
import { useMemo } from 'react'
import { useOrganisations } from '../../parts/organisations.ts'

/** Accounts that name an organisation are told by its name and, beyond a share, by their use. */
export function useKnownNames(): Known {
  const { loaded } = useOrganisations()
  return useMemo(() => {
    const items = loaded.state === 'ready' ? loaded.value.items : []
    const nameOf = (id: string) => items.find(each => each.id === id)?.name
    return {
      organisation: nameOf,
      account: path => {
        const [family = '', of = '', use = ''] = path.split(':')
        const name = family === 'party' || family === 'supplier' ? nameOf(of) : undefined
        return name === undefined || use === 'share' ? name : `${name} (${use})`
      },
    }
  }, [loaded])
}
