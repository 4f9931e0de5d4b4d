/**
 * What an agent costs a gateway: its memory, with three lines up, connected and working, against
 * bare Node with the same native code; and its processor time at five events a second.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import { findRunningAgent, type LocalClient } from '@tillproof/edge-agent/local/client.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Progress } from '../progress.ts'
import { allMet, atMost, type BenchResult, ratioOf } from '../result.ts'
import { median } from '../rounds.ts'
import { openGateway } from './gateway.ts'
import { childrenOf, cpuMs, residentBytes } from './process-cost.ts'

const EVENTS_A_SECOND = 5
const START_LIMIT_MS = 60_000
/** As a person starts it; the agent is the launcher's child. */
const TILLPROOF = fileURLToPath(new URL('../../../bin/tillproof.mjs', import.meta.url))
const BARE = fileURLToPath(new URL('./bare.mjs', import.meta.url))
const NODE = ['--disable-warning=ExperimentalWarning']

export type AgentSettings = { seconds: number; rounds: number }
type Sample = Record<'agentBytes' | 'bareBytes' | 'threadedBytes' | 'cpuShare', number>

export async function benchAgent(
  { seconds, rounds }: AgentSettings,
  progress: Progress,
): Promise<BenchResult> {
  const settings = { seconds, rounds }
  if (process.platform !== 'linux') {
    const skipped = ['everything: a process is weighed by /proc, on Linux only']
    return { suite: 'agent', settings, ratios: [], perSecond: {}, sizes: {}, skipped, met: true }
  }
  const samples: Sample[] = []
  // The first start after the sources changed strips their types; the later ones are the rule.
  progress('an agent to warm up …')
  await weigh(1)
  for (let round = 1; round <= rounds; round++) {
    progress(`agent and bare Node, ${round} of ${rounds} …`)
    samples.push(await weigh(seconds))
  }
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick))
  const ratios = [
    atMost(
      'memory of an agent / bare Node',
      of(it => it.agentBytes / it.bareBytes),
      1.5,
    ),
    ratioOf(
      'memory of an agent / bare Node with a second thread',
      of(it => it.agentBytes / it.threadedBytes),
      null,
    ),
    ratioOf(
      `processor at ${EVENTS_A_SECOND} events a second / one core`,
      of(it => it.cpuShare),
      null,
    ),
  ]
  const sizes = {
    'bytes resident, agent': of(it => it.agentBytes),
    'bytes resident, bare Node': of(it => it.bareBytes),
    'bytes resident, bare Node with a second thread': of(it => it.threadedBytes),
  }
  return { suite: 'agent', settings, ratios, perSecond: {}, sizes, met: allMet(ratios) }
}

/** One agent, and bare Node without and with a second thread, side by side. */
async function weigh(seconds: number): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), 'tillproof-bench-'))
  const gateway = await openGateway(folder)
  const agent = start([TILLPROOF, 'agent', 'run', '--home', gateway.home])
  const bare = [start([BARE]), start([BARE, 'thread'])]
  try {
    const ready = bare.map(child => once(child.stdout ?? child, 'data'))
    const [client] = await Promise.all([working(gateway.home), ...ready])
    const [pid = pidOf(agent)] = childrenOf(pidOf(agent))
    const before = cpuMs(pid)
    const work = await feed(client, seconds, () => residentBytes(pid))
    const cpuShare = (cpuMs(pid) - before) / work.elapsedMs
    const [bareBytes = Number.NaN, threadedBytes = Number.NaN] = bare.map(child =>
      residentBytes(pidOf(child)),
    )
    return { agentBytes: median(work.samples), bareBytes, threadedBytes, cpuShare }
  } finally {
    await Promise.all([agent, ...bare].map(end))
    await gateway.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function start(args: string[]): ChildProcess {
  return spawn(process.execPath, [...NODE, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

function pidOf({ pid }: ChildProcess): number {
  if (pid !== undefined) return pid
  throw new TillproofError('bench.child', 'A process could not be started.', 'Start it again.')
}

/** All lines up and the cloud's first receipt there. */
async function working(home: string): Promise<LocalClient> {
  const deadlineMs = performance.now() + START_LIMIT_MS
  while (performance.now() < deadlineMs) {
    const client = await findRunningAgent(homePaths(home))
    const status = await client?.status()
    const areUp = status?.ports.length === 3 && status.ports.every(({ state }) => state === 'up')
    const isReceipted = (status?.journal.receiptedSize ?? 0) > 0
    if (client !== undefined && areUp && isReceipted) return client
    await sleep(200)
  }
  throw new TillproofError(
    'bench.not-working',
    `The agent was not working within ${START_LIMIT_MS / 1000} s.`,
    'Look whether this computer gives pseudo-terminals: npm test -- simulators.',
  )
}

async function record({ url, token }: LocalClient, number: number): Promise<void> {
  const { ok, status } = await fetch(new URL('/v1/events', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', detail: { number } }),
  })
  if (ok) return
  throw new TillproofError(
    'bench.refused',
    `The agent refused a fact (${status}).`,
    'Make room on the disk and run the benchmark again.',
  )
}

/** Facts through the local API, and what `look` sees once a second. */
async function feed(client: LocalClient, seconds: number, look: () => number) {
  const samples: number[] = []
  const startedMs = performance.now()
  for (let number = 0; number < seconds * EVENTS_A_SECOND; number++) {
    await record(client, number)
    if (number % EVENTS_A_SECOND === 0) samples.push(look())
    const dueMs = startedMs + ((number + 1) * 1000) / EVENTS_A_SECOND
    await sleep(Math.max(0, dueMs - performance.now()))
  }
  return { samples, elapsedMs: performance.now() - startedMs }
}
