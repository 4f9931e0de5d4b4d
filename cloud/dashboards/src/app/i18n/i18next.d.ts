/** Makes `t('section.key')` fail to compile for a key that the catalogue does not have. */
import 'i18next'
import type { Words } from './catalogue.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: Words }
    returnNull: false
  }
}
