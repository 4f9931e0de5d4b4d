/** Both languages have every text, with the same blanks to fill in, and no text is empty. */
import { describe, expect, test } from 'vitest'
import { catalogue } from './catalogue.ts'
import { firstLanguage } from './i18n.ts'

const blanksIn = (text: string) => new Set(text.match(/\{\{\w+\}\}/g))

describe.each(Object.entries(catalogue))('section %s', (_, section) => {
  const en: Readonly<Record<string, string>> = section.en
  const zh: Readonly<Record<string, string>> = section.zh

  test('has the same keys in both languages', () => {
    expect(new Set(Object.keys(zh))).toEqual(new Set(Object.keys(en)))
  })

  test('leaves no text empty and keeps the blanks', () => {
    for (const [key, text] of Object.entries(en)) {
      expect(text.trim(), key).not.toBe('')
      expect(zh[key]?.trim(), key).not.toBe('')
      expect(blanksIn(zh[key] ?? ''), key).toEqual(blanksIn(text))
    }
  })
})

test('the remembered language comes before the wished ones, and English is the last resort', () => {
  expect(firstLanguage('en', ['zh-CN'])).toBe('en')
  expect(firstLanguage(null, ['fr', 'zh-Hans-CN', 'en'])).toBe('zh-CN')
  expect(firstLanguage(null, ['en-GB', 'zh'])).toBe('en')
  expect(firstLanguage('xx', ['fr'])).toBe('en')
})
