/** YAML of a profile, and where in it a fault is: people correct lines, not paths. */
import { type Document, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'

export type YamlFault = { line: number; text: string }

export type YamlText = {
  value: unknown
  /** What is no YAML, all of it. */
  faults: YamlFault[]
  /** A fault that the schema found, with its line; unknown keys are faults of their own. */
  faultAt(issue: z.core.$ZodIssue): YamlFault[]
}

export function readYaml(text: string): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) => {
    return { line: lines.linePos(pos[0]).line, text: `not YAML: ${message}` }
  })

  function lineOf(path: readonly PropertyKey[]): number {
    const offset = offsetOf(document.contents, path)
    return offset === undefined ? 1 : lines.linePos(offset).line
  }

  function faultAt(issue: z.core.$ZodIssue): YamlFault[] {
    if (issue.code !== 'unrecognized_keys') {
      const isMissing = !document.hasIn(issue.path)
      return [told(issue.path, isMissing ? 'is missing' : inWords(issue))]
    }
    return issue.keys.map(key => told([...issue.path, key], 'is not known here'))
  }

  function told(path: readonly PropertyKey[], message: string): YamlFault {
    const where = path.map(String).join('.')
    return { line: lineOf(path), text: where === '' ? message : `${where}: ${message}` }
  }

  return { value: faults.length > 0 ? undefined : plainValue(document, faults), faults, faultAt }
}

/** Aliases that multiply without end are a fault like any other. */
function plainValue(document: Document.Parsed, faults: YamlFault[]): unknown {
  try {
    return document.toJS()
  } catch (error) {
    faults.push({
      line: 1,
      text: `not YAML: ${error instanceof Error ? error.message : 'aliases'}`,
    })
    return undefined
  }
}

const KINDS: Partial<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
}

function inWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`
    case 'too_small':
      return `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'invalid_format':
      return `must be of the form ${issue.pattern ?? issue.format}`
    default:
      return issue.message
  }
}

/** Start of the deepest part of `path` that is there: what is missing is missed in its parent. */
function offsetOf(node: Node | null, path: readonly PropertyKey[]): number | undefined {
  const [key, ...rest] = path
  if (key === undefined || !isMap(node)) return node?.range?.[0]
  const pair = node.items.find(
    item => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
  )
  if (pair === undefined || !isScalar(pair.key)) return node.range?.[0]
  const value = pair.value as Node | null
  return rest.length === 0 || !isMap(value) ? pair.key.range?.[0] : offsetOf(value, rest)
}
