/** What vitest's JSON report says, in the few figures that the gate and CI need. */
import { existsSync, readFileSync } from 'node:fs'

export type Report = { passed: number; failed: number; skipped: string[] }

type Assertion = { status: string; fullName: string }
type TestFile = { name: string; status: string; assertionResults: Assertion[] }

/** A missing report counts as one failure: a run that died wrote none. */
export function readReport(file: string): Report {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [] }
  const { testResults }: { testResults: TestFile[] } = JSON.parse(readFileSync(file, 'utf8'))
  const assertions = testResults.flatMap(({ assertionResults }) => assertionResults)
  const count = (status: string) => assertions.filter(each => each.status === status).length
  const left = ['skipped', 'pending', 'todo', 'disabled']
  return {
    passed: count('passed'),
    failed: count('failed') + testResults.filter(diedBeforeItsTests).length,
    skipped: assertions.filter(each => left.includes(each.status)).map(each => each.fullName),
  }
}

/** A file that failed while loading, or in a hook, without one failed test to show for it. */
function diedBeforeItsTests({ status, assertionResults }: TestFile): boolean {
  return status === 'failed' && assertionResults.every(each => each.status !== 'failed')
}
