/**
 * Evidence grades: claimed < signed < corroborated < settled < repaid. Pure.
 * A sale has the highest grade whose reason holds; design/clearing.md §4.
 */
import type { evidenceGrade } from '@tillproof/shared/api/money.ts'
import type { z } from 'zod'

export type EvidenceGrade = z.infer<typeof evidenceGrade>

export type SaleEvidence = {
  /** The event that opened it lies under a head that the machine signed and the cloud holds. */
  signed: boolean
  /** A counter of the machine's own rose by just the sales around it: shared/attest/windows.ts. */
  witnessed: boolean
  /** The payment company's signed word with the same order id, device and amount. */
  paymentMatched: boolean
  /** The line of its bill matched as well; of cash, a count of the box shows it. */
  settled: boolean
  /** Part of it repays a loan, and is settled. */
  repaying: boolean
}

/** The grade by what is known; each grade asks for the ones below it. */
export function gradeOf(evidence: SaleEvidence): EvidenceGrade {
  if (!evidence.signed) return 'claimed'
  if (evidence.settled) return evidence.repaying ? 'repaid' : 'settled'
  // Somebody who is not the machine, or its own counter, says the same.
  return evidence.paymentMatched || evidence.witnessed ? 'corroborated' : 'signed'
}
