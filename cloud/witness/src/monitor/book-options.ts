/**
 * The options of `tillproof log monitor` about books: whose eyes to see them with, whether to
 * recompute them, and which chain to ask about their agreements.
 */
import { id } from '@tillproof/shared/api/fields.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import type { Command } from 'commander'
import { lastingSession } from '../bundle/cloud-session.ts'
import { readPassword } from '../bundle/password.ts'
import { progressLine } from '../progress.ts'
import { batchReader, followBook } from './books.ts'
import { compareSeen, type MonitorDeps, type Round } from './follow.ts'
import { type BookDay, bookDay } from './recompute/day.ts'
import { type RecomputeDeps, recomputeBook } from './recompute/recompute.ts'
import { registryReader } from './recompute/registered.ts'
import { UNBOOKED_AFTER_MS } from './recompute/unbooked.ts'

export type BookOptions = {
  url: string
  book: string[]
  email?: string
  passwordFile?: string
  recompute?: true
  day?: string
  rpc?: string
  unbookedAfter?: string
}

export function addBookOptions(command: Command): Command {
  const collect = (book: string, before: string[] = []) => [...before, book]
  return command
    .option(
      '--book <operator>',
      'a book you may see whole: its batches too; again for more',
      collect,
      [],
    )
    .option('--email <address>', 'whose eyes to see the books with')
    .option('--password-file <file>', 'file with the password; - reads standard input')
    .option('--recompute', 'compute every split of the books again, from events and agreements')
    .option('--day <date>', 'which day of a book to sum up, YYYY-MM-DD in UTC; the newest if not')
    .option('--unbooked-after <hours>', 'when a paid sale has to be in the book; 24 if not told')
    .option('--rpc <url>', 'a chain node you trust, to read the policy’s registry of agreements')
}

export type Books = {
  /** One look at every book, after the log was followed. */
  look(deps: MonitorDeps): Promise<{ rounds: Round[]; days: BookDay[] }>
  close(): Promise<void>
}

export async function openBooks(
  options: BookOptions,
  policy: Policy,
): Promise<Books | { fault: string }> {
  const { url, book: books, email, passwordFile } = options
  const fault = faultOf(options, policy)
  if (fault !== undefined) return { fault }
  if (email === undefined || passwordFile === undefined) {
    return { look: async () => ({ rounds: [], days: [] }), close: async () => undefined }
  }
  const password = await readPassword(passwordFile)
  if (password === undefined) return { fault: `no password in ${passwordFile}` }
  const { text, close } = lastingSession(url, { email, password })
  return {
    close,
    async look(deps) {
      const looks = await inTurn(books, book => lookAtBook(deps, options, text, book))
      return { rounds: looks.flatMap(each => each.rounds), days: looks.flatMap(each => each.day) }
    },
  }
}

/** What a look needs of the rest: the first fault. */
function faultOf(options: BookOptions, policy: Policy): string | undefined {
  const { book, email, passwordFile, recompute, day, rpc, unbookedAfter: hours } = options
  const strange = book.find(each => !id.safeParse(each).success)
  const rules: [boolean, string][] = [
    [book.length > 0 && (!email || !passwordFile), '--book needs --email and --password-file'],
    [strange !== undefined, `--book ${strange} is no operator's id`],
    [recompute === true && book.length === 0, '--recompute needs --book'],
    [day !== undefined && !recompute, '--day needs --recompute'],
    [day !== undefined && !isDay(day), `--day ${day} is no day as YYYY-MM-DD`],
    [hours !== undefined && !recompute, '--unbooked-after needs --recompute'],
    [hours !== undefined && !(Number(hours) > 0), `--unbooked-after ${hours} is no time in hours`],
    [rpc !== undefined && !recompute, '--rpc needs --recompute'],
    [rpc !== undefined && !URL.canParse(rpc), `--rpc ${rpc} is no address`],
    [rpc !== undefined && policy.registries.length === 0, '--rpc: the policy names no registry'],
  ]
  return rules.find(([isFault]) => isFault)?.[1]
}

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (const item of items) done.push(await work(item))
  return done
}

type Ask = (path: string) => Promise<string>

async function lookAtBook(
  deps: MonitorDeps,
  options: BookOptions,
  ask: Ask,
  book: string,
): Promise<{ rounds: Round[]; day: BookDay[] }> {
  const { memory } = deps
  if (options.recompute) memory.recomputed.begin(book)
  const followed = await followBook({ memory, read: batchReader(ask) }, book, Date.now())
  if (!options.recompute) return { rounds: [followed], day: [] }
  const progress = progressLine('recomputing')
  const recompute = { ...recomputeDeps(deps, options, ask), onProgress: progress.show }
  const { round, registered } = await recomputeBook(recompute, book, Date.now())
  progress.end()
  const agreements = { proven: memory.agreements.of(book).length, registered }
  const day = bookDay(memory.recomputed, book, agreements, options.day)
  return { rounds: [followed, round], day: [day] }
}

const HOUR_MS = 3_600_000

function recomputeDeps(
  deps: MonitorDeps,
  { rpc, unbookedAfter }: BookOptions,
  ask: Ask,
): RecomputeDeps {
  const { memory, policy, log } = deps
  const [registry] = policy.registries
  return {
    cloudName: log.name.replace(/\/log$/, ''),
    proven: memory.agreements,
    ask,
    ...(rpc !== undefined && registry !== undefined
      ? { registered: registryReader(rpc, registry) }
      : {}),
    books: memory.recomputed,
    told: memory.told,
    loggedSize: origin => memory.head(origin)?.size ?? 0,
    unbookedAfterMs:
      unbookedAfter === undefined ? UNBOOKED_AFTER_MS : Number(unbookedAfter) * HOUR_MS,
    policy,
    compare: note => compareSeen(deps, new TextEncoder().encode(note), Date.now()),
    keep: findings => memory.keep(findings, Date.now()),
  }
}
