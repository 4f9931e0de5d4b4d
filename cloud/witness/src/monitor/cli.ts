/** `tillproof log monitor`: follow a cloud's log from outside and say what is wrong with it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import { Command } from 'commander'
import { readPolicy } from '../verify.ts'
import { addBookOptions, type BookOptions, type Books, openBooks } from './book-options.ts'
import { compareSeen, followOnce, type MonitorDeps, type Round } from './follow.ts'
import { logClient } from './log-client.ts'
import { type Memory, openMemory } from './memory.ts'
import { type MonitorReport, reportOf, reportText } from './report.ts'

const exitCodes = `Exit codes:
  0   every leaf was read and hashes to the signed root; every device head extends its last
  11  the same, but the checkpoint lacks the quorum of your policy
  20  something is wrong: a head dropped, hidden or unproven, a key changed, a batch altered, a
      split that does not follow from what was sold and agreed
  21  contradicted: somebody signed two histories, and the proof is in the folder
  1   the log could not be reached
  2   wrong usage: a file that cannot be read, a policy without a log`

export function logCommand(): Command {
  return new Command('log')
    .description('follow a transparency log from outside')
    .addCommand(monitorCommand())
}

type Options = BookOptions & {
  policy: string
  dir: string
  every: string
  seen: string[]
  once?: true
  json?: true
}

function monitorCommand(): Command {
  const collect = (file: string, before: string[] = []) => [...before, file]
  const monitor = new Command('monitor')
    .description('read every entry, replay each rule, recompute books, keep the proof of each lie')
    .requiredOption('--url <url>', 'the cloud, such as https://cloud.example')
    .requiredOption('--policy <file>', 'whom you trust: C2SP tlog-policy lines')
    .option('--dir <folder>', 'what it remembers and finds; made when missing', 'tillproof-monitor')
    .option('--once', 'one look instead of following until stopped')
    .option('--every <seconds>', 'how often to look while following', '10')
    .option('--seen <file>', 'a checkpoint others were shown; give it again for more', collect, [])
  return addBookOptions(monitor)
    .option('--json', 'each report as one line of JSON')
    .addHelpText('after', `\n${exitCodes}`)
    .action(async (options: Options, command: Command) => {
      const refuse = (why: string): never => command.error(`error: ${why}`, { exitCode: 2 })
      const everyMs = Number(options.every) * 1000
      if (!(everyMs >= 100)) refuse(`--every ${options.every} is no number of seconds`)
      if (!URL.canParse(options.url)) refuse(`--url ${options.url} is no address`)
      const read = await readPolicy(options.policy)
      const policy = 'unusable' in read ? refuse(read.unusable) : read.policy
      const seen = await readAll(options.seen)
      if ('fault' in seen) refuse(seen.fault)
      const books = await openBooks(options, policy)
      if ('fault' in books) return refuse(books.fault)
      const { memory, deps } = openMonitor(options, policy) ?? refuse('the policy names no log')
      try {
        const look = () => lookAt(deps, 'notes' in seen ? seen.notes : [], books)
        process.exitCode = await run(look, options, everyMs)
      } finally {
        memory.close()
        await books.close()
      }
    })
}

/** One folder may hold several logs, each by the id of its key. */
function openMonitor(
  { url, dir }: Options,
  policy: Policy,
): { memory: Memory; deps: MonitorDeps } | undefined {
  const [log] = policy.logs
  if (log === undefined) return undefined
  const memory = openMemory(join(dir, log.verifier.keyId), log.vkey)
  return { memory, deps: { client: logClient(url), memory, policy, log: log.verifier } }
}

async function lookAt(
  deps: MonitorDeps,
  seen: readonly Uint8Array[],
  books: Books,
): Promise<MonitorReport> {
  const rounds: Round[] = [await followOnce(deps, Date.now())]
  for (const note of seen) rounds.push(await compareSeen(deps, note, Date.now()))
  // A book is held against the log as far as it was followed: without it there is nothing to say.
  const looked = rounds[0]?.did === 'followed' ? await books.look(deps) : { rounds: [], days: [] }
  return reportOf(deps.log.name, deps.memory, [...rounds, ...looked.rounds], looked.days)
}

/** While following only what differs from the report before is said. */
async function run(
  look: () => Promise<MonitorReport>,
  { once, json }: Options,
  everyMs: number,
): Promise<number> {
  const stopping = new AbortController()
  if (!once) onStopSignal(() => stopping.abort())
  for (let said = ''; ; ) {
    const report = await look()
    const news = JSON.stringify({ ...report, newLeaves: 0 })
    if (news !== said)
      process.stdout.write(`${json ? JSON.stringify(report) : reportText(report)}\n`)
    said = news
    if (once || (await isStopped(stopping.signal, everyMs))) return report.exitCode
  }
}

async function isStopped(signal: AbortSignal, ms: number): Promise<boolean> {
  await pause(ms, undefined, { signal }).catch(() => undefined)
  return signal.aborted
}

function onStopSignal(stop: () => void): void {
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

async function readAll(
  files: readonly string[],
): Promise<{ notes: Uint8Array[] } | { fault: string }> {
  try {
    return { notes: await Promise.all(files.map(file => readFile(file))) }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}
