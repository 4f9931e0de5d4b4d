/**
 * An agreement told in plain language: what each term asks for, then the script, clause by clause;
 * and what a version changes against the one before.
 */
import { formatMoney } from '../../money/money.ts'
import { explainScript, type ToldLine } from '../../numscript/explain/explain.ts'
import type { Language } from '../../numscript/explain/phrases.ts'
import { readScript } from '../../numscript/script.ts'
import { percent } from '../check.ts'
import { periodName, periodOf } from '../period.ts'
import type { Term } from '../term/term.ts'
import type { AgreementTerms } from '../terms.ts'
import { chinese } from './chinese.ts'
import { english } from './english.ts'
import type { AgreementWords, Figures, Part } from './words.ts'

const LANGUAGES: Record<Language, AgreementWords> = { en: english, 'zh-CN': chinese }

/** Names that the reader knows; undefined for those that are shown as the terms have them. */
export type Known = {
  account?: (path: string) => string | undefined
  organisation?: (id: string) => string | undefined
}

export function tellAgreement(
  terms: AgreementTerms,
  language: Language,
  known: Known = {},
): ToldLine[] {
  const words = LANGUAGES[language]
  const figures = figuresOf(terms)
  const accountName = (path: string) => known.account?.(path) ?? path
  const registers = terms.participations.map(({ account, holders }) =>
    words.holders(
      accountName(account),
      holders.map(each => `${known.organisation?.(each.partyId) ?? each.partyId} ${each.units}`),
    ),
  )
  return [
    sentence(words.validFrom(terms, figures)),
    ...terms.terms.map(term => sentence(words.named(term.name, tellTerm(term, language, figures)))),
    ...registers.map(sentence),
    sentence(words.order),
    ...scriptLines(terms, language, known),
  ]
}

/** The script's own lines, without the declarations: the terms above have told them. */
function scriptLines(terms: AgreementTerms, language: Language, known: Known): ToldLine[] {
  const read = readScript(terms.script)
  if (!read.ok) return []
  const { account } = known
  const lines = explainScript({ ...read.script, declarations: [] }, language, {
    ...(account === undefined ? {} : { account }),
    variable: name => (isGiven(name) ? LANGUAGES[language].given[name] : undefined),
  })
  return lines.map(line => ({ ...line, depth: line.depth + 1 }))
}

const isGiven = (name: string): name is keyof AgreementWords['given'] =>
  Object.hasOwn(english.given, name)

export function tellTerm(term: Term, language: Language, figures: Figures): string {
  // One function for each kind: the kind decides which, the type checker cannot see it.
  const tell = LANGUAGES[language].term[term.kind] as (of: Term, shown: Figures) => string
  return tell(term, figures)
}

/** What changes from one version to the next, a sentence each; nothing where they are alike. */
export function tellChanges(
  before: AgreementTerms,
  after: AgreementTerms,
  language: Language,
  known: Known = {},
): string[] {
  const words = LANGUAGES[language]
  const figures = figuresOf(after)
  const tellOf = (term: Term) => tellTerm(term, language, figures)
  const nameOf = (id: string) => known.organisation?.(id) ?? id
  const changed = after.terms.flatMap(term => {
    const old = before.terms.find(each => each.name === term.name)
    if (old === undefined) return [words.added(words.named(term.name, tellOf(term)))]
    const [was, is] = [tellOf(old), tellOf(term)]
    return was === is ? [] : [words.changed(term.name, was, is)]
  })
  const gone = before.terms.filter(term => !after.terms.some(each => each.name === term.name))
  const lists = (part: Part, of: (terms: AgreementTerms) => string[]) => {
    const told = (each: string) => `${words.part[part]}: ${each}`
    const [old, now] = [of(before), of(after)]
    return [
      ...now.filter(each => !old.includes(each)).map(each => words.added(told(each))),
      ...old.filter(each => !now.includes(each)).map(each => words.removed(told(each))),
    ]
  }
  const isLater = before.validFromMs !== after.validFromMs
  return [
    ...(isLater ? [words.validFrom(after, figures)] : []),
    ...changed,
    ...gone.map(term => words.removed(words.named(term.name, tellOf(term)))),
    ...lists('parties', terms =>
      terms.parties.map(each => `${nameOf(each.organisationId)} (${each.role}, ${each.signer})`),
    ),
    ...lists('machines', terms => terms.deviceIds),
    ...lists('accounts', terms =>
      terms.accounts.map(each => `${each.account} (${nameOf(each.partyId)})`),
    ),
    ...lists('participations', terms => terms.participations.map(each => each.account)),
    ...lists('script', terms => terms.script.split('\n').map(line => line.trim())),
  ]
}

const figuresOf = ({ currency, utcOffsetMinutes }: AgreementTerms): Figures => ({
  money: minor => formatMoney({ amountMinor: BigInt(minor), currency }),
  percent,
  day: atMs => periodName('day', periodOf('day', atMs, utcOffsetMinutes)),
})

const sentence = (text: string): ToldLine => ({ depth: 0, text })
