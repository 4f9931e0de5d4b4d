/** Reads a draft from its text: terms that may be proposed, or what is wrong, place by place. */
import { checkAgreement } from '@tillproof/shared/agreement/check.ts'
import { type AgreementTerms, agreementTerms } from '@tillproof/shared/agreement/terms.ts'

export type Draft =
  | { terms: AgreementTerms; faults: [] }
  /** `terms` are there when only the script or its running is at fault. */
  | { terms: AgreementTerms | null; faults: readonly [string, ...string[]] }

export function readDraft(text: string): Draft {
  const json = parse(text)
  if (json === undefined) return { terms: null, faults: ['JSON'] }
  const read = agreementTerms.safeParse(json)
  if (!read.success) {
    const [first, ...others] = read.error.issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    )
    return { terms: null, faults: [first ?? 'JSON', ...others] }
  }
  const [first, ...others] = checkAgreement(read.data).map(each => each.message)
  if (first === undefined) return { terms: read.data, faults: [] }
  return { terms: read.data, faults: [first, ...others] }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
