/** How many events of each kind a report proves. */
import type { ReportedEvent } from '@tillproof/shared/bundle/report.ts'

/** `kind` is null for events of which only the hash is given. */
export type KindCount = { kind: string | null; count: number }

/** The most frequent first. */
export function countByKind(events: readonly ReportedEvent[]): KindCount[] {
  const counts = new Map<string | null, number>()
  for (const { open } of events) {
    const kind = open?.kind ?? null
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  const listed = [...counts].map(([kind, count]) => ({ kind, count }))
  return listed.sort((a, b) => b.count - a.count)
}
