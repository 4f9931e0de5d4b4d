/** What was sold, in words: vending machines name a selection by its bare number. */
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'

export function useItemName(): (item: string | null) => string {
  const { t } = useTranslation()
  return useCallback(
    item => {
      if (item === null) return t('sale.unnamed')
      return /^\d+$/.test(item) ? t('sale.selection', { item }) : item
    },
    [t],
  )
}
