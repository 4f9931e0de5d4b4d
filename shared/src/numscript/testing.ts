/** Short ways to read and run scripts in tests; a fault where none is expected fails the test. */
import { TillproofError } from '../errors.ts'
import { describeFault, type ScriptFault } from './fault.ts'
import { type RunInput, type RunOutput, runScript } from './run/run.ts'
import { readScript } from './script.ts'
import { positionOf } from './span.ts'
import type { Script } from './syntax.ts'

export function script(text: string): Script {
  const read = readScript(text)
  if (read.ok) return read.script
  throw unexpected(text, read.faults)
}

export function run(text: string, input: RunInput = {}): RunOutput {
  const result = runScript(script(text), input)
  if (result.ok) return result
  throw unexpected(text, [result.fault])
}

/** Postings as "from → to amount", which is how a test is read. */
export function postings(text: string, input: RunInput = {}): string[] {
  return run(text, input).postings.map(
    ({ source, destination, amount, asset }) => `${source} → ${destination} ${asset} ${amount}`,
  )
}

/** "code line:column message" of everything that is wrong, before or while running. */
export function faults(text: string, input: RunInput = {}): string[] {
  const read = readScript(text)
  if (!read.ok) return read.faults.map(fault => told(text, fault))
  const result = runScript(read.script, input)
  return result.ok ? [] : [told(text, result.fault)]
}

function told(text: string, { code, span, message }: ScriptFault): string {
  const { line, column } = positionOf(text, span.start)
  return `${code} ${line}:${column} ${message}`
}

function unexpected(text: string, found: ScriptFault[]): TillproofError {
  const message = found.map(fault => describeFault(text, fault)).join('\n')
  return new TillproofError('test.script', message, 'Correct the test or the interpreter.')
}
