/**
 * `tillproof split --specs`: finds specification files, runs each script against its own, prints
 * what passed and what differs. Any failure makes the exit code 1.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type CaseReport, runSpecs } from '@tillproof/shared/numscript/specs/specs.ts'

const ENDING = '.specs.json'

type FileReport = { file: string; cases: CaseReport[] }

/** @param path a specification file, its script, or a folder with any number of them */
export function runSpecsAt(path: string, asJson: boolean): void {
  const reports = findSpecs(path).map(file => reportOn(file))
  const cases = reports.flatMap(report => report.cases)
  const passed = cases.filter(each => each.passed).length
  const failed = cases.length - passed
  const text = asJson
    ? JSON.stringify({ passed, failed, files: reports })
    : [...reports.map(textOf), `${passed} passed, ${failed} failed`].join('\n')
  process.stdout.write(`${text}\n`)
  if (failed > 0) process.exitCode = 1
}

function findSpecs(path: string): string[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory()
  if (isFolder === undefined) throw nothingAt(path, 'does not exist')
  if (!isFolder) return [path.endsWith(ENDING) ? path : `${path}${ENDING}`]
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
  const found = names.filter(name => name.endsWith(ENDING)).sort((a, b) => (a < b ? -1 : 1))
  if (found.length === 0) throw nothingAt(path, `has no file that ends in ${ENDING}`)
  return found.map(name => join(path, name))
}

function nothingAt(path: string, problem: string): TillproofError {
  const next = `Name a script, its ${ENDING} file, or a folder of them.`
  return new TillproofError('split.no-specs', `${path} ${problem}.`, next)
}

function reportOn(specs: string): FileReport {
  const script = specs.slice(0, -ENDING.length)
  const file = relative(process.cwd(), script)
  const [scriptText, specsText] = [script, specs].map(readIfThere)
  if (scriptText !== undefined && specsText !== undefined) {
    return { file, cases: runSpecs(scriptText, specsText, file) }
  }
  const missing = scriptText === undefined ? script : specs
  const problems = [`${relative(process.cwd(), missing)} cannot be read`]
  return { file, cases: [{ it: 'both files are there', passed: false, problems }] }
}

function readIfThere(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile()
    ? readFileSync(path, 'utf8')
    : undefined
}

function textOf({ file, cases }: FileReport): string {
  const failures = cases.filter(({ passed }) => !passed)
  if (failures.length === 0) return `ok     ${file} (${cases.length})`
  const told = failures.flatMap(({ it, problems }) => [
    `  ${it}`,
    ...problems.flatMap(problem => problem.split('\n')).map(line => `    ${line}`),
  ])
  return [`FAILED ${file} (${failures.length} of ${cases.length})`, ...told].join('\n')
}
