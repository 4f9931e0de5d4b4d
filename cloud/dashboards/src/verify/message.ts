/** What the page and its background worker say to each other about one verification. */
import type { Report } from '@tillproof/shared/bundle/report.ts'
import type { Progress } from '@tillproof/shared/bundle/steps.ts'

/** A bundle as text, or as the file that somebody chose; the worker reads it. */
export type BundleSource = string | Blob
export type VerifyRequest = {
  bundle: BundleSource
  /** The policy's text, known to be readable. */
  policy: string
  /** Hash of a block that the reader trusts; empty for none. */
  block: string
}
export type VerifyMessage = { progress: Progress } | { report: Report } | { broken: string }
