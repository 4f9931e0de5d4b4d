/** What a script says, without where it says it: for comparing two texts of one script. */
import type { Script } from './syntax.ts'

export function meaningOf({ features, declarations, statements }: Script): unknown {
  return withoutSpans({ features: [...features].sort(), declarations, statements })
}

function withoutSpans(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutSpans)
  if (typeof node !== 'object' || node === null) return node
  const kept = Object.entries(node).filter(([key]) => key !== 'span' && key !== 'typeSpan')
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutSpans(value)]))
}
