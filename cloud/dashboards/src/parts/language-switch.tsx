/** Chooses between the languages, each named in itself. */
import { Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { chooseLanguage, languages, useLanguage } from '../app/i18n/i18n.ts'

export function LanguageSwitch() {
  const { t } = useTranslation()
  return (
    <Select
      aria-label={t('app.language')}
      className="language"
      value={useLanguage()}
      options={[...languages]}
      onChange={chooseLanguage}
    />
  )
}
