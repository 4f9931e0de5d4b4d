/**
 * Facts written down one at a time, by sixteen writers at once, and as bare rows of SQLite, in
 * turns. Before the clock runs, both files are so far that their write-ahead logs go round and grow
 * no more, as after a machine's first hour.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type Contestant, raceInRounds, timesFaster, unitsPerSecond } from '../rounds.ts'
import { type BenchJournal, openBareSqlite, openBenchJournal, payloadBytesOf } from './appenders.ts'

export const WRITERS = 16
/** SQLite begins its log anew after 1,000 pages; each has a header of 24 bytes in it. */
const FULL_LOG_BYTES = 1000 * (4096 + 24)

export type RaceSettings = {
  folder: string
  /** How many events a contestant writes in a round. */
  events: number
  rounds: number
  /** Whether to wait until the logs go round; pointless where a sync is only pretended. */
  isRealDisk: boolean
}
export type RaceResult = {
  /** How fast the journal is against bare SQLite: 1 is as fast. */
  toBare: number
  /** How fast sixteen writers are against one. */
  toOne: number
  perSecond: Record<'oneAtATime' | 'bare' | 'sixteenWriters', number>
  /** Of one event with salts, commitment and its share of the tree. */
  payloadBytes: number
}

export async function raceAppenders(settings: RaceSettings): Promise<RaceResult> {
  const { folder, events, rounds, isRealDisk } = settings
  const path = join(folder, 'journal.db')
  const journal = await openBenchJournal(path)
  const write = numbering(journal)
  await write.inTurn(events)
  const payloadBytes = payloadBytesOf(path)
  const barePath = join(folder, 'bare.db')
  const bare = openBareSqlite(barePath, payloadBytes)
  try {
    while (isRealDisk && isLogGrowing(path)) await write.inTurn(events)
    while (isRealDisk && isLogGrowing(barePath)) bare.append()
    const contestants = contest(write, bare.append, events)
    const timings = await raceInRounds(contestants, rounds, () => performance.now())
    return {
      toBare: timesFaster(timings, 'one', 'bare'),
      toOne: timesFaster(timings, 'many', 'one'),
      perSecond: {
        oneAtATime: unitsPerSecond(timings, 'one'),
        bare: unitsPerSecond(timings, 'bare'),
        sixteenWriters: unitsPerSecond(timings, 'many'),
      },
      payloadBytes,
    }
  } finally {
    bare.close()
    await journal.close()
  }
}

function isLogGrowing(path: string): boolean {
  return statSync(`${path}-wal`).size < FULL_LOG_BYTES
}

type Writing = {
  inTurn(count: number): Promise<number>
  atOnce(count: number): Promise<number>
}

/** Every payment has a number of its own; both answer how many they wrote. */
function numbering(journal: BenchJournal): Writing {
  let number = 0
  async function inTurn(count: number): Promise<number> {
    for (let left = count; left > 0; left--) await journal.append(number++)
    return count
  }
  return {
    inTurn,
    async atOnce(count) {
      const each = Math.ceil(count / WRITERS)
      await Promise.all(Array.from({ length: WRITERS }, () => inTurn(each)))
      return WRITERS * each
    },
  }
}

function contest(write: Writing, appendBare: () => void, events: number): Contestant[] {
  const bare = () => {
    for (let left = events; left > 0; left--) appendBare()
    return events
  }
  return [
    { name: 'one', run: () => write.inTurn(events) },
    { name: 'bare', run: bare },
    { name: 'many', run: () => write.atOnce(events) },
  ]
}
