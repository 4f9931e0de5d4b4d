/**
 * The benchmark's child, started with a disk as slow as an SD card (slow-sync.c).
 *
 *   node on-the-card.ts race <folder> <events> <rounds>
 *   node on-the-card.ts journal|bare|idle <folder> <seconds>
 *
 * Answers in JSON: what came of the race, or how late this thread was, in milliseconds, while 50
 * facts a second were written down, or nothing was.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openBareSqlite, openBenchJournal } from './appenders.ts'
import { coreWaitMs } from './core-wait.ts'
import { type Lateness, lateness } from './lateness.ts'
import { raceAppenders } from './race.ts'

const FACTS_A_SECOND = 50
const PAYLOAD_BYTES = 200

type Writer = { append(number: number): unknown; close(): unknown }

async function main(): Promise<void> {
  const [, , what = '', folder = '', ...numbers] = process.argv
  const [first = 0, rounds = 0] = numbers.map(Number)
  const answer =
    what === 'race'
      ? await raceAppenders({ folder, events: first, rounds, isRealDisk: false })
      : await delaysOf(await openWriter(what, folder), first)
  process.stdout.write(JSON.stringify(answer))
}

async function openWriter(what: string, folder: string): Promise<Writer> {
  if (what === 'idle') return { append: () => undefined, close: () => undefined }
  if (what === 'bare') return openBareSqlite(join(folder, 'delays-bare.db'), PAYLOAD_BYTES)
  return await openBenchJournal(join(folder, 'delays.db'))
}

/** The first half second only warms up: an agent runs for months. */
async function delaysOf(writer: Writer, seconds: number): Promise<Lateness> {
  const writing: unknown[] = []
  const write = async (count: number) => {
    for (const last = writing.length + count; writing.length < last; ) {
      writing.push(writer.append(writing.length))
      await sleep(1000 / FACTS_A_SECOND)
    }
  }
  await write(FACTS_A_SECOND / 2)
  const late = lateness(() => performance.now(), coreWaitMs)
  await write(seconds * FACTS_A_SECOND)
  const delays = late.stop()
  await Promise.all(writing)
  await writer.close()
  return delays
}

await main()
