/**
 * The benchmark's child: facts come 50 times a second and are written down, while a timer asks how
 * late this thread is. Started with a disk whose syncs take 20 ms.
 *
 *   node event-loop.ts <journal | bare> <file> <seconds>        prints how late, in ms, as JSON
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { openBareSqlite, openBenchJournal } from './appenders.ts'
import { lateness } from './lateness.ts'

const FACTS_A_SECOND = 50
const PAYLOAD_BYTES = 250

type Writer = { append(number: number): unknown; close(): unknown }

async function main(): Promise<void> {
  const [, , kind = '', file = '', seconds = ''] = process.argv
  const writer = await openWriter(kind, file)
  const late = lateness(() => performance.now())
  const writing: unknown[] = []
  for (let number = 0; number < Number(seconds) * FACTS_A_SECOND; number++) {
    writing.push(writer.append(number))
    await sleep(1000 / FACTS_A_SECOND)
  }
  const delaysMs = late.stop()
  await Promise.all(writing)
  await writer.close()
  process.stdout.write(`${JSON.stringify(delaysMs)}\n`)
}

async function openWriter(kind: string, file: string): Promise<Writer> {
  if (kind === 'journal') return openBenchJournal(file)
  if (kind === 'bare') return openBareSqlite(file, PAYLOAD_BYTES)
  throw new TillproofError('bench.child', `"${kind}" is no writer.`, 'Run tillproof bench journal.')
}

await main()
