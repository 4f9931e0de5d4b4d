/**
 * What the journal costs: facts written down one at a time against bare SQLite, sixteen writers at
 * once against one, and how long the machine's lines wait while a slow disk syncs.
 *
 * The targets are those of the disk that gateways have: an SD card, 20 ms a sync. This computer's
 * own disk is told beside it without a target: where a sync takes a tenth of a millisecond, what is
 * compared is the way to the journal's thread and back, which a sync on a card hides.
 *
 * How late a line is served is told without its waits for a core: else a busy computer would
 * measure itself. A wait for the disk stays in it. With all waits it is told beside it.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Progress } from '../progress.ts'
import { allMet, atMost, type BenchResult, type Ratio, ratioOf } from '../result.ts'
import { median } from '../rounds.ts'
import { type RaceResult, raceAppenders, WRITERS } from './race.ts'
import { type SlowDisk, SYNC_MS, slowDisk } from './slow-disk.ts'

/** On a card each one waits for its sync: fewer events tell as much. */
const CARD_EVENTS = 16
/** A line that is not served for longer loses bytes of a fast adapter. */
const LONGEST_DELAY_MS = 5

export type JournalSettings = { events: number; rounds: number }
type Part = Pick<BenchResult, 'ratios' | 'perSecond'> & {
  milliseconds: Record<string, number>
  sizes: Record<string, number>
}

export async function benchJournal(
  settings: JournalSettings,
  progress: Progress,
): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tillproof-bench-'))
  try {
    progress('on this disk …')
    const here = join(folder, 'here')
    await mkdir(here)
    const own = toldHere(await raceAppenders({ folder: here, ...settings, isRealDisk: true }))
    const card = slowDisk(folder)
    if (typeof card === 'string') return resultOf(settings, [own], [`the slow card: ${card}`])
    progress('on a slow card …')
    const raced = toldOnCard(await card.race({ events: CARD_EVENTS, rounds: settings.rounds }))
    const delays = await compareDelays(card, settings.rounds, progress)
    return resultOf(settings, [raced, delays, own], [])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function resultOf(
  settings: JournalSettings,
  parts: readonly Part[],
  skipped: string[],
): BenchResult {
  const ratios = parts.flatMap(part => part.ratios)
  return {
    suite: 'journal',
    settings,
    ratios,
    perSecond: Object.assign({}, ...parts.map(part => part.perSecond)),
    milliseconds: Object.assign({}, ...parts.map(part => part.milliseconds)),
    sizes: Object.assign({}, ...parts.map(part => part.sizes)),
    skipped,
    met: allMet(ratios),
  }
}

function toldHere(race: RaceResult): Part {
  return {
    ...raceTold('this disk', race, null),
    sizes: { 'bytes of an event with what proves it': race.payloadBytes },
  }
}

function toldOnCard(race: RaceResult): Part {
  return { ...raceTold('card', race, 0.8), sizes: {} }
}

function raceTold(disk: string, race: RaceResult, target: number | null) {
  const { oneAtATime, bare, sixteenWriters } = race.perSecond
  const ratios: Ratio[] = [
    ratioOf(`${disk}: one at a time / bare SQLite`, race.toBare, target),
    ratioOf(`${disk}: ${WRITERS} writers / one at a time`, race.toOne, null),
  ]
  const perSecond = {
    [`${disk}: one at a time`]: oneAtATime,
    [`${disk}: bare SQLite`]: bare,
    [`${disk}: ${WRITERS} writers`]: sixteenWriters,
  }
  const milliseconds = {
    [`${disk}: one event, journal`]: 1000 / oneAtATime,
    [`${disk}: one event, bare SQLite`]: 1000 / bare,
  }
  return { ratios, perSecond, milliseconds }
}

async function compareDelays(card: SlowDisk, rounds: number, progress: Progress): Promise<Part> {
  const journal: number[] = []
  const withWaits: number[] = []
  const bare: number[] = []
  const idle: number[] = []
  for (let round = 1; round <= rounds; round++) {
    progress(`delays on a slow card, ${round} of ${rounds} …`)
    const { own, all } = await card.delayOf('journal')
    journal.push(own)
    withWaits.push(all)
    bare.push((await card.delayOf('bare')).own)
    idle.push((await card.delayOf('idle')).own)
  }
  const journalMs = median(journal)
  const times = median(journal.map((ms, round) => (bare[round] ?? Number.NaN) / ms))
  return {
    ratios: [
      atMost('card: delay of a line / a sync', journalMs / SYNC_MS, LONGEST_DELAY_MS / SYNC_MS),
      ratioOf('card: delay with bare SQLite / with the journal', times, null),
    ],
    perSecond: {},
    milliseconds: {
      'card: delay of a line at 99 %, journal': journalMs,
      'card: delay of a line at 99 %, journal, with waits for a core': median(withWaits),
      'card: delay of a line at 99 %, bare SQLite in the main thread': median(bare),
      'card: delay of a line at 99 %, nothing written': median(idle),
    },
    sizes: {},
  }
}
