/**
 * The sentences in which terms are told to somebody who signs them. A language is one object of
 * this shape; amounts and parts arrive as finished words.
 */
import type { PeriodKind } from '../period.ts'
import type { Rate } from '../term/rate.ts'
import type { Term } from '../term/term.ts'
import type { AgreementTerms } from '../terms.ts'

export type Of<K extends Term['kind']> = Extract<Term, { kind: K }>

/** How figures are shown: "CNY 3.50", "15 %", "2026-11-21". */
export type Figures = {
  money(minor: string): string
  percent(basisPoints: number): string
  day(atMs: number): string
}

/** What a version is, for comparing it with the one before. */
export type Part = 'parties' | 'machines' | 'accounts' | 'participations' | 'script'

export type AgreementWords = {
  term: { [K in Term['kind']]: (term: Of<K>, figures: Figures) => string }
  rate(rate: Rate, figures: Figures): string
  period: Record<PeriodKind, string>
  /** “rent”: sentence. */
  named(name: string, sentence: string): string
  /** What the sale itself gives to every script. */
  given: Record<'gross' | 'takings' | 'payment_company', string>
  /** The heading above the script's own lines. */
  order: string
  holders(account: string, holders: readonly string[]): string
  added(what: string): string
  removed(what: string): string
  changed(name: string, before: string, after: string): string
  part: Record<Part, string>
  validFrom(terms: AgreementTerms, figures: Figures): string
}
