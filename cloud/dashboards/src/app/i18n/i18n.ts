/** Chooses the language, remembers it, and gives words for values that come from the API. */
import i18next from 'i18next'
import { useCallback } from 'react'
import { initReactI18next, useTranslation } from 'react-i18next'
import { type Catalogue, catalogue, textsOf } from './catalogue.ts'

export type Language = 'en' | 'zh-CN'
export const languages: readonly { value: Language; label: string }[] = [
  { value: 'zh-CN', label: '中文' },
  { value: 'en', label: 'English' },
]

const remembered = 'tillproof.language'

/** To be awaited before the first render. */
export async function startI18n(): Promise<void> {
  i18next.on('languageChanged', language => {
    document.documentElement.lang = language
  })
  await i18next.use(initReactI18next).init({
    resources: {
      en: { translation: textsOf('en') },
      'zh-CN': { translation: textsOf('zh') },
    },
    lng: firstLanguage(localStorage.getItem(remembered), navigator.languages),
    fallbackLng: false,
    interpolation: { escapeValue: false },
  })
}

/** The remembered language, else the first of the browser's that we have, else English. */
export function firstLanguage(saved: string | null, wished: readonly string[]): Language {
  if (saved === 'en' || saved === 'zh-CN') return saved
  for (const tag of wished) {
    if (/^zh\b/i.test(tag)) return 'zh-CN'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'en'
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(remembered, language)
  void i18next.changeLanguage(language)
}

/** The language in use, for formats and components. */
export function useLanguage(): Language {
  const { i18n } = useTranslation()
  return i18n.language === 'zh-CN' ? 'zh-CN' : 'en'
}

export type Word = (section: keyof Catalogue, key: string, otherwise?: string) => string

/** Words for keys known only at run time; an unknown one is shown as it came. */
export function useWord(): Word {
  const language = useLanguage() === 'zh-CN' ? 'zh' : 'en'
  return useCallback(
    (section, key, otherwise) => wordIn(language, section, key) ?? otherwise ?? key,
    [language],
  )
}

function wordIn(language: 'en' | 'zh', section: keyof Catalogue, key: string): string | undefined {
  const texts: Readonly<Record<string, string>> = catalogue[section][language]
  return Object.hasOwn(texts, key) ? texts[key] : undefined
}
