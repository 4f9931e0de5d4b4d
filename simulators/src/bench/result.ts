/** What every suite of the benchmark answers, for people as a table and for programs as JSON. */

/** `ratio` divides two things measured in the same run; `bound` says which way the target holds. */
export type Ratio = {
  name: string
  ratio: number
  target: number | null
  bound: 'at least' | 'at most'
  met: boolean | null
}
export type BenchResult = {
  suite: string
  /** What it was measured with, such as events and rounds. */
  settings: Readonly<Record<string, number>>
  ratios: Ratio[]
  /** Units a second on this machine at this moment: for orientation, never to be compared. */
  perSecond: Readonly<Record<string, number>>
  /** How long things took, likewise for orientation. */
  milliseconds?: Readonly<Record<string, number>>
  sizes: Readonly<Record<string, number>>
  /** What could not be measured here, and why. */
  skipped?: readonly string[]
  /** Whether every ratio that has a target reaches it. */
  met: boolean
}

export function ratioOf(name: string, ratio: number, target: number | null): Ratio {
  return { name, ratio, target, bound: 'at least', met: target === null ? null : ratio >= target }
}

export function atMost(name: string, ratio: number, target: number): Ratio {
  return { name, ratio, target, bound: 'at most', met: ratio <= target }
}

export function allMet(ratios: readonly Ratio[]): boolean {
  return ratios.every(({ met }) => met !== false)
}

/** Lines without a last line feed. */
export function formatResult(result: BenchResult): string {
  const { suite, settings, ratios, perSecond, milliseconds = {}, sizes, skipped = [] } = result
  const told = Object.entries(settings).map(([name, value]) => `${grouped(value)} ${name}`)
  return [
    `${suite}: ${told.join(', ')}`,
    ...section('ratios', ratios.map(ratioRow)),
    ...section('sizes', Object.entries(sizes).map(numberRow)),
    ...section('a second, here and now', Object.entries(perSecond).map(numberRow)),
    ...section('milliseconds, here and now', Object.entries(milliseconds).map(tenthsRow)),
    ...skipped.map(what => `\n! SKIPPED: ${what}`),
    '',
    result.met ? 'every target met' : 'a target was missed',
  ].join('\n')
}

type Row = readonly [name: string, value: string, note: string]

function section(title: string, rows: readonly Row[]): string[] {
  const names = Math.max(0, ...rows.map(([name]) => name.length))
  const values = Math.max(0, ...rows.map(([, value]) => value.length))
  const lines = rows.map(([name, value, note]) =>
    `  ${name.padEnd(names)}  ${value.padStart(values)}  ${note}`.trimEnd(),
  )
  return lines.length === 0 ? [] : ['', title, ...lines]
}

function ratioRow({ name, ratio, target, bound, met }: Ratio): Row {
  const note = target === null ? '' : `${met ? 'met' : 'MISSED'}, ${bound} ${target}`
  return [name, ratio.toFixed(2), note]
}

function numberRow([name, value]: readonly [string, number]): Row {
  return [name, grouped(value), '']
}

function tenthsRow([name, value]: readonly [string, number]): Row {
  return [name, value.toFixed(1), '']
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
