/** Chooses between the languages, each named in itself; the browser's own field is light. */
import { useTranslation } from 'react-i18next'
import { chooseLanguage, languages, useLanguage } from '../app/i18n/i18n.ts'

export function LanguageSwitch() {
  const { t } = useTranslation()
  return (
    <select
      aria-label={t('app.language')}
      className="choice language"
      value={useLanguage()}
      onChange={({ target }) => {
        const chosen = languages.find(({ value }) => value === target.value)
        if (chosen) chooseLanguage(chosen.value)
      }}
    >
      {languages.map(({ value, label }) => (
        <option key={value} value={value} lang={value}>
          {label}
        </option>
      ))}
    </select>
  )
}
