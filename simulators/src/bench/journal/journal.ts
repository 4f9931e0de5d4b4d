/**
 * What the journal costs: facts written down one at a time against bare SQLite, sixteen writers at
 * once against one, and how long the machine's lines wait while a slow disk syncs.
 */
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Progress } from '../progress.ts'
import { allMet, atMost, type BenchResult, type Ratio, ratioOf } from '../result.ts'
import { type Contestant, median, raceInRounds, timesFaster, unitsPerSecond } from '../rounds.ts'
import { type BenchJournal, openBareSqlite, openBenchJournal, payloadBytesOf } from './appenders.ts'
import { SYNC_MS, slowDisk } from './slow-disk.ts'

const WRITERS = 16
/** Delays are compared in this many turns, two seconds each. */
const SLOW_ROUNDS = 3
/** A line that is not served for longer loses bytes of a fast adapter. */
const LONGEST_DELAY_MS = 5
const TMPFS = 0x01021994

export type JournalSettings = { events: number; rounds: number }

export async function benchJournal(
  { events, rounds }: JournalSettings,
  progress: Progress,
): Promise<BenchResult> {
  const folder = await diskFolder()
  try {
    const raced = await race(folder, { events, rounds }, progress)
    const slow = await compareDelays(folder, progress)
    const ratios = [...raced.ratios, ...slow.ratios]
    const { perSecond, sizes } = raced
    const { milliseconds, skipped } = slow
    const settings = { events, rounds }
    const met = allMet(ratios)
    return { suite: 'journal', settings, ratios, perSecond, milliseconds, sizes, skipped, met }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** In memory a sync costs nothing, and what is compared here would be something else. */
async function diskFolder(): Promise<string> {
  const parent = tmpdir()
  if ((await statfs(parent)).type !== TMPFS) return mkdtemp(join(parent, 'tillproof-bench-'))
  throw new TillproofError(
    'bench.no-disk',
    `${parent} lies in memory, where a sync costs nothing.`,
    'Name a folder on a disk: TMPDIR=<folder> tillproof bench journal.',
  )
}

async function race(folder: string, { events, rounds }: JournalSettings, progress: Progress) {
  const path = join(folder, 'journal.db')
  const journal = await openBenchJournal(path)
  for (let number = 0; number < events; number++) await journal.append(number)
  const payloadBytes = payloadBytesOf(path)
  const bare = openBareSqlite(join(folder, 'bare.db'), payloadBytes)
  try {
    const contestants = contest(journal, bare.append, events)
    progress(`one writer and ${WRITERS} against bare SQLite …`)
    const timings = await raceInRounds(contestants, rounds, () => performance.now())
    const perSecond = contestants.map(({ name }) => [name, unitsPerSecond(timings, name)] as const)
    return {
      ratios: [
        ratioOf('one at a time / bare SQLite', timesFaster(timings, 'one at a time', 'bare'), 0.8),
        ratioOf(
          `${WRITERS} writers / one at a time`,
          timesFaster(timings, `${WRITERS} writers`, 'one at a time'),
          null,
        ),
      ],
      perSecond: Object.fromEntries(perSecond),
      sizes: { 'bytes of an event with what proves it': payloadBytes },
    }
  } finally {
    bare.close()
    await journal.close()
  }
}

function contest(journal: BenchJournal, appendBare: () => void, events: number): Contestant[] {
  let number = events
  const oneAfterAnother = async (count: number) => {
    for (let left = count; left > 0; left--) await journal.append(number++)
  }
  const each = Math.ceil(events / WRITERS)
  return [
    {
      name: 'one at a time',
      async run() {
        await oneAfterAnother(events)
        return events
      },
    },
    {
      name: 'bare',
      run() {
        for (let left = events; left > 0; left--) appendBare()
        return events
      },
    },
    {
      name: `${WRITERS} writers`,
      async run() {
        await Promise.all(Array.from({ length: WRITERS }, () => oneAfterAnother(each)))
        return WRITERS * each
      },
    },
  ]
}

type Delays = {
  ratios: Ratio[]
  milliseconds: Record<string, number>
  skipped: string[]
}

async function compareDelays(folder: string, progress: Progress): Promise<Delays> {
  const disk = slowDisk(folder)
  if (typeof disk === 'string') {
    return { ratios: [], milliseconds: {}, skipped: [`delays on a slow disk: ${disk}`] }
  }
  const journal: number[] = []
  const bare: number[] = []
  for (let round = 1; round <= SLOW_ROUNDS; round++) {
    progress(`delays on a slow disk, ${round} of ${SLOW_ROUNDS} …`)
    journal.push(await disk.delayOf('journal'))
    bare.push(await disk.delayOf('bare'))
  }
  const [journalMs, bareMs] = [median(journal), median(bare)]
  const shares = journal.map((ms, round) => (bare[round] ?? Number.NaN) / ms)
  return {
    ratios: [
      atMost('delay of a line / a slow sync', journalMs / SYNC_MS, LONGEST_DELAY_MS / SYNC_MS),
      ratioOf('delay with bare SQLite / with the journal', median(shares), null),
    ],
    milliseconds: {
      'a slow sync': SYNC_MS,
      'delay at 99 %, journal': journalMs,
      'delay at 99 %, bare SQLite in the main thread': bareMs,
    },
    skipped: [],
  }
}
