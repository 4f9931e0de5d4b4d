/** A section of the catalogue: each text in both languages, side by side. */

export type Texts = Readonly<Record<string, string>>
export type Section<Key extends string = string> = {
  en: Readonly<Record<Key, string>>
  zh: Readonly<Record<Key, string>>
}

/** Fails to compile when the Chinese lacks a text of the English, or has one too many. */
export function section<const E extends Texts>(texts: {
  en: E
  zh: { readonly [Key in keyof E]: string }
}): Section<keyof E & string> {
  return texts
}
