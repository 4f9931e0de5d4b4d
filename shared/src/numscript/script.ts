/**
 * The door to Numscript, the language in which an agreement says how money is split. Words:
 * a **script** sends amounts of one asset from **sources** to **destinations**; an **asset** is a
 * currency with its decimals (`CNY/2`), amounts are whole minor units; an **allotment** shares by
 * portions, an **ordered** list fills one after the other; a **fault** is anything wrong with a
 * script or its inputs, with its place. The language is described in docs/numscript.md.
 *
 *     text → lexer → parse → check → Script → run, format, explain
 */
import { check } from './check/check.ts'
import { catchRefusal, type ScriptFault } from './fault.ts'
import { parse } from './parse/parse.ts'
import type { Script } from './syntax.ts'

export type ReadResult = { ok: true; script: Script } | { ok: false; faults: ScriptFault[] }

/**
 * Reads and checks a script. Any text at all gets an answer: after a fault of form there is one
 * fault, else all of those of meaning (up to 20).
 * @param features experimental features declared by the caller, as if the script's head did
 */
export function readScript(text: string, features: Iterable<string> = []): ReadResult {
  const outcome = catchRefusal(() => parse(text, features))
  if ('fault' in outcome) return { ok: false, faults: [outcome.fault] }
  const faults = check(outcome.value)
  return faults.length > 0 ? { ok: false, faults } : { ok: true, script: outcome.value }
}
