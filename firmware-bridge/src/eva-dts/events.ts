/**
 * What happened to the machine, as it tells it: EA1 single events, EA2 counters of a kind of event,
 * EA3 collections, EA4 initialisation, EA5 and EA6 changes, EA7 power cuts.
 *
 * Times are the machine's own clock, without a zone and often wrong: text in ISO form where the
 * machine's text is a date (YYMMDD or YYYYMMDD, then HHMM or HHMMSS), null where it is not.
 */
import { type Segment, wholeNumber } from './segment.ts'

export type AuditEvent = {
  kind: 'event' | 'counter' | 'collection' | 'initialised' | 'prices-set' | 'cleaned' | 'power-cuts'
  line: number
  /** The machine's code of the event; empty for collections and power cuts. */
  code: string
  /** `2023-10-22T12:53`, local to the machine. */
  at: string | null
  /** As many minutes as the machine says it lasted (EA1), events or cuts (EA2, EA7). */
  minutes: bigint | null
  interval: bigint | null
  lifetime: bigint | null
}

export function readEvents(segments: Segment[]): AuditEvent[] {
  return segments.flatMap(segment => {
    const event = READERS.get(segment.id)?.(segment.fields)
    return event === undefined ? [] : [{ ...NOTHING, ...event, line: segment.line }]
  })
}

const NOTHING: Omit<AuditEvent, 'kind' | 'line'> = {
  code: '',
  at: null,
  minutes: null,
  interval: null,
  lifetime: null,
}

type Reading = Partial<AuditEvent> & Pick<AuditEvent, 'kind'>

const READERS = new Map<string, (fields: string[]) => Reading>([
  [
    'EA1',
    fields => ({
      kind: 'event',
      code: codeOf(fields),
      at: readTime(fields[1], fields[2]),
      minutes: wholeNumber(fields[3]),
    }),
  ],
  [
    'EA2',
    fields => ({
      kind: 'counter',
      code: codeOf(fields),
      interval: wholeNumber(fields[1]),
      lifetime: wholeNumber(fields[2]),
    }),
  ],
  [
    'EA3',
    fields => ({
      kind: 'collection',
      at: readTime(fields[1], fields[2]),
      lifetime: wholeNumber(fields[0]),
    }),
  ],
  [
    'EA4',
    fields => ({
      kind: 'initialised',
      code: fields[2]?.trim() ?? '',
      at: readTime(fields[0], fields[1]),
    }),
  ],
  ['EA5', fields => ({ kind: 'prices-set', at: readTime(fields[0], fields[1]) })],
  [
    'EA6',
    fields => ({
      kind: 'cleaned',
      code: fields[3]?.trim() ?? '',
      at: readTime(fields[0], fields[1]),
    }),
  ],
  [
    'EA7',
    fields => ({
      kind: 'power-cuts',
      interval: wholeNumber(fields[0]),
      lifetime: wholeNumber(fields[1]),
    }),
  ],
])

function codeOf(fields: string[]): string {
  return fields[0]?.trim() ?? ''
}

/** Date and time of a machine's clock → ISO local time; null when it is no moment at all. */
export function readTime(date: string | undefined, time: string | undefined): string | null {
  const day = /^(\d{2}|\d{4})(\d{2})(\d{2})$/.exec(date?.trim() ?? '')
  const clock = /^(\d{2})(\d{2})(\d{2})?$/.exec(time?.trim() ?? '')
  if (day === null) return null
  const [, year = '', month = '', date2 = ''] = day
  if (!isDay(Number(month), Number(date2))) return null
  const dayText = `${year.length === 2 ? century(year) : ''}${year}-${month}-${date2}`
  if (clock === null) return dayText
  const [, hours = '', minutes = '', seconds] = clock
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return dayText
  return `${dayText}T${hours}:${minutes}${seconds === undefined ? '' : `:${seconds}`}`
}

function isDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

/** No machine with audits is older than 1980. */
function century(shortYear: string): string {
  return Number(shortYear) >= 80 ? '19' : '20'
}
