/** The one catalogue of all texts, in English and in simplified Chinese. */
import * as agreements from './catalogue/agreements.ts'
import * as control from './catalogue/control.ts'
import * as figures from './catalogue/figures.ts'
import * as frame from './catalogue/frame.ts'
import * as incidents from './catalogue/incidents.ts'
import * as lending from './catalogue/lending.ts'
import * as machines from './catalogue/machines.ts'
import * as itemReasons from './catalogue/open-item-reasons.ts'
import * as openItems from './catalogue/open-items.ts'
import * as refunds from './catalogue/refunds.ts'
import * as sale from './catalogue/sale.ts'
import * as statements from './catalogue/statements.ts'
import * as takings from './catalogue/takings.ts'
import * as verify from './catalogue/verify.ts'
import * as words from './catalogue/words.ts'

export const catalogue = {
  ...frame,
  ...lending,
  ...machines,
  ...sale,
  ...verify,
  ...agreements,
  ...control,
  ...figures,
  ...statements,
  ...takings,
  ...refunds,
  ...openItems,
  ...itemReasons,
  ...incidents,
  ...words,
}

export type Catalogue = typeof catalogue
export type Words = { [S in keyof Catalogue]: Catalogue[S]['en'] }

/** The texts of one language in the shape that i18next takes. */
export function textsOf(language: 'en' | 'zh'): Words {
  const entries = Object.entries(catalogue).map(([name, texts]) => [name, texts[language]])
  return Object.fromEntries(entries) as Words
}
