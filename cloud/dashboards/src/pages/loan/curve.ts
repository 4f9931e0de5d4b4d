/** The loan's curve as rows of a table and as points of a chart. */
import type { Loan } from '@tillproof/shared/api/lending.ts'
import { exponentOf } from '@tillproof/shared/money/money.ts'

export type CurveRow = {
  at: string
  plannedMinor: string
  actualMinor: string | null
  /** Repaid since the row before; null where there is only a plan. */
  stepMinor: string | null
  differenceMinor: string | null
}

export function curveRows(curve: Loan['curve']): CurveRow[] {
  return curve.map((point, i) => {
    const actual = point.actualMinor === null ? null : BigInt(point.actualMinor)
    const before = BigInt(curve[i - 1]?.actualMinor ?? '0')
    return {
      ...point,
      stepMinor: actual === null ? null : String(actual - before),
      differenceMinor: actual === null ? null : String(actual - BigInt(point.plannedMinor)),
    }
  })
}

/** Chart points in whole currency units: a float is good enough for a line, not for a text. */
export function curvePoints(curve: Loan['curve'], currency: string) {
  const scale = 10 ** exponentOf(currency)
  const at = (point: Loan['curve'][number]) => Date.parse(point.at)
  return {
    planned: curve.map(point => [at(point), Number(point.plannedMinor) / scale] as const),
    actual: curve
      .filter(point => point.actualMinor !== null)
      .map(point => [at(point), Number(point.actualMinor) / scale] as const),
  }
}
