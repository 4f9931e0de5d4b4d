/** Runs a script against its specification file and says, case by case, what differs. */

import { describeFault } from '../fault.ts'
import { type BalanceRow, Balances } from '../run/balances.ts'
import { type RunInput, type RunOutput, runScript } from '../run/run.ts'
import { readScript } from '../script.ts'
import type { Script } from '../syntax.ts'
import { expectationsOf } from './compare.ts'
import { parseExactJson } from './exact-json.ts'
import { type BalanceRows, type SpecsFile, specsFile, type TestCase } from './schema.ts'

/** `problems`: lines for a person; none when the case passed. */
export type CaseReport = { it: string; passed: boolean; problems: string[] }

/**
 * @param scriptText the script
 * @param specsText the specification file beside it, JSON
 * @param name the script's name, for places in it
 * @returns one report a case; a file that cannot be run at all is one failed case
 */
export function runSpecs(scriptText: string, specsText: string, name = 'script'): CaseReport[] {
  const specs = readSpecs(specsText)
  if ('problems' in specs) return [failed('the specification file', specs.problems)]
  if (specs.testCases.length === 0) return [failed('the specification file', ['has no cases'])]
  const read = readScript(scriptText, specs.featureFlags)
  const faults = read.ok ? [] : read.faults.map(fault => describeFault(scriptText, fault, name))
  const hasFocus = specs.testCases.some(({ focus }) => focus === true)
  return specs.testCases.map(each => {
    if (!read.ok) return failed(each.it, faults)
    if (each.skip === true) return failed(each.it, ['skipped: a case that is not run cannot pass'])
    if (hasFocus && each.focus !== true) return failed(each.it, ['not run: another has the focus'])
    const problems = runCase(read.script, specs, each, name)
    return { it: each.it, passed: problems.length === 0, problems }
  })
}

function failed(it: string, problems: string[]): CaseReport {
  return { it, passed: false, problems }
}

function readSpecs(text: string): SpecsFile | { problems: string[] } {
  const json = readJson(text)
  if ('problem' in json) return { problems: [json.problem] }
  const parsed = specsFile.safeParse(json.value)
  if (parsed.success) return parsed.data
  return {
    problems: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
  }
}

function readJson(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: parseExactJson(text) }
  } catch (error) {
    return { problem: error instanceof SyntaxError ? error.message : String(error) }
  }
}

function runCase(script: Script, specs: SpecsFile, testCase: TestCase, name: string): string[] {
  const colored = [...(specs.balances ?? []), ...(testCase.balances ?? [])].find(row => row.color)
  if (colored) return ['"experimental-asset-colors" is not supported']
  const input = inputOf(specs, testCase)
  const result = runScript(script, input)
  const expectsMissing = testCase['expect.error.missingFunds'] === true
  if (!result.ok) {
    const { fault } = result
    const isExpected = expectsMissing && fault.code === 'script.missing-funds'
    return isExpected ? [] : [describeFault(script.text, fault, name)]
  }
  if (expectsMissing) return ['expected missing funds, but the script ran']
  return expectationsOf(testCase).flatMap(compare =>
    compare(result, endBalances(input.balances, result)),
  )
}

/** What the file gives for all cases, overlaid with what the case gives. */
function inputOf(specs: SpecsFile, testCase: TestCase) {
  const metadata: Record<string, Record<string, string>> = { ...specs.metadata }
  for (const [account, entries] of Object.entries(testCase.metadata ?? {})) {
    metadata[account] = { ...metadata[account], ...entries }
  }
  const variables = { ...specs.variables, ...testCase.variables }
  const balances: BalanceRows = [...(specs.balances ?? []), ...(testCase.balances ?? [])]
  return { variables, metadata, balances } satisfies RunInput
}

function endBalances(before: Iterable<BalanceRow>, { postings }: RunOutput): BalanceRow[] {
  const balances = new Balances(before)
  for (const { source, destination, amount, asset } of postings) {
    balances.change(source, asset, -amount)
    balances.change(destination, asset, amount)
  }
  return balances.rows()
}
