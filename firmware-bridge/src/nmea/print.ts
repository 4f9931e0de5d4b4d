/** The positions of a recording, for people and for programs. WGS-84, as receivers say them. */
import { textTable } from '../text-table.ts'
import type { FixReport } from './fixes.ts'

/** Two tables and a count; a refused text is cut to fit a line. */
export function printFixes({ sentences, fixes, refused, refusedByReason }: FixReport): string {
  const accepted = textTable(
    [
      { title: 'line', align: 'right' },
      { title: 'source' },
      { title: 'receiver’s time' },
      { title: 'latitude', align: 'right' },
      { title: 'longitude', align: 'right' },
    ],
    fixes.map(fix => [
      String(fix.line),
      fix.source,
      timeOf(fix),
      degrees(fix.position.latitudeE7),
      degrees(fix.position.longitudeE7),
    ]),
  )
  const rejected = textTable(
    [
      { title: 'line', align: 'right' },
      { title: 'source' },
      { title: 'reason' },
      { title: 'text' },
    ],
    refused.map(({ line, source, reason, text }) => [
      String(line),
      source,
      reason,
      text.length > 60 ? `${text.slice(0, 60)}…` : text,
    ]),
  )
  const reasons = [...refusedByReason].map(([reason, count]) => `, ${count} refused: ${reason}`)
  return [
    `${sentences} good sentences: ${fixes.length} fixes accepted${reasons.join('')}.`,
    ['ACCEPTED (WGS-84)', ...orNone(accepted)].join('\n'),
    ['REFUSED', ...orNone(rejected)].join('\n'),
  ].join('\n\n')
}

/** A value that JSON.stringify takes as it is. */
export function fixesToJson({ sentences, fixes, refused, refusedByReason }: FixReport): object {
  return {
    crs: 'EPSG:4326',
    sentences,
    accepted: fixes.length,
    fixes: fixes.map(fix => ({
      line: fix.line,
      source: fix.source,
      at: fix.atMs === null ? null : new Date(fix.atMs).toISOString(),
      timeOfDayMs: fix.timeOfDayMs,
      latitude: fix.position.latitudeE7 / 1e7,
      longitude: fix.position.longitudeE7 / 1e7,
      latitudeE7: fix.position.latitudeE7,
      longitudeE7: fix.position.longitudeE7,
    })),
    refused,
    refusedByReason: Object.fromEntries(refusedByReason),
  }
}

function orNone(lines: string[]): string[] {
  return lines.length === 0 ? ['  none'] : lines
}

/** GGA has a time of day only. */
function timeOf({ atMs, timeOfDayMs }: FixReport['fixes'][number]): string {
  const iso = new Date(atMs ?? timeOfDayMs).toISOString()
  return atMs === null ? iso.slice(11) : iso
}

function degrees(valueE7: number): string {
  return (valueE7 / 1e7).toFixed(7)
}
