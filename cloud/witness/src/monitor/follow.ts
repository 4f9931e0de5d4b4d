/**
 * One round of following a log: take its newest checkpoint, hold it against the one before, read
 * every entry between the two, hold each against the rule of its type, and remember all of it only
 * if the entries lead to the signed root.
 */
import { equal, fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, type Peaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { TILE_WIDTH, type Tile } from '@tillproof/shared/merkle/tiles.ts'
import { type Checkpoint, openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import type { Verifier } from '@tillproof/shared/note/key.ts'
import { verifyNote } from '@tillproof/shared/note/note.ts'
import { isQuorum, type Policy } from '@tillproof/shared/note/policy.ts'
import type { Finding, FindingKind } from './finding.ts'
import { compareCheckpoints, type SignedCheckpoint } from './history.ts'
import { judgeLeaf } from './leaf-rule.ts'
import type { LogClient } from './log-client.ts'
import type { Followed, Memory } from './memory.ts'

export type MonitorDeps = {
  client: LogClient
  memory: Memory
  policy: Policy
  /** The log's key; its name is the origin. */
  log: Verifier
}
/** `cosigners` are names of the policy. What was found is handed back, not yet kept. */
export type Round =
  | {
      did: 'followed'
      size: number
      newLeaves: number
      cosigners: string[]
      isWitnessed: boolean
      findings: Finding[]
    }
  | { did: 'stopped'; findings: Finding[] }
  /** A book was looked at; see `books.ts`. */
  | { did: 'book'; findings: Finding[] }
  | { did: 'empty' }
  | { did: 'unreachable'; reason: string }

export async function followOnce(deps: MonitorDeps, nowMs: number): Promise<Round> {
  const fetched = await deps.client.checkpoint()
  if ('unreachable' in fetched) return { did: 'unreachable', reason: fetched.unreachable }
  const before = deps.memory.followed()
  if ('refused' in fetched) {
    return before.note === undefined ? { did: 'empty' } : stop(deps, 'withheld', fetched.refused)
  }
  const note = fromUtf8(fetched.value) ?? ''
  const opened = openCheckpoint(note, deps.log.name, [deps.log])
  if (!opened.ok) return stop(deps, 'bad-checkpoint', `what is served is ${opened.error}`, note)
  const served = { checkpoint: opened.checkpoint, note }
  const round =
    served.checkpoint.size > before.peaks.size
      ? await advance(deps, before, served, nowMs)
      : await holdAgainst(deps, before, served)
  return kept(deps, round, nowMs)
}

/** A checkpoint that somebody else was shown, held against the one this monitor stands on. */
export async function compareSeen(
  deps: MonitorDeps,
  note: Uint8Array,
  nowMs: number,
): Promise<Round> {
  const text = fromUtf8(note) ?? ''
  const opened = openCheckpoint(text, deps.log.name, [deps.log])
  if (!opened.ok) return stop(deps, 'bad-checkpoint', `what was seen is ${opened.error}`, text)
  const seen = { checkpoint: opened.checkpoint, note: text }
  return kept(deps, await holdAgainst(deps, deps.memory.followed(), seen), nowMs)
}

function kept({ memory }: MonitorDeps, round: Round, nowMs: number): Round {
  if ('findings' in round) memory.keep(round.findings, nowMs)
  return round
}

/** No larger than what is known: has to be of the same history. */
async function holdAgainst(
  deps: MonitorDeps,
  { peaks, note }: Followed,
  seen: SignedCheckpoint,
): Promise<Round> {
  const origin = deps.log.name
  const own: Checkpoint = { origin, size: peaks.size, root: rootOf(peaks), extensions: [] }
  const compared = await compareCheckpoints(
    deps.client,
    { checkpoint: own, note: note ?? '' },
    seen,
  )
  if (compared.are === 'unreachable') return { did: 'unreachable', reason: compared.reason }
  if (compared.are === 'one-history') return followed(deps, seen.note, peaks.size, 0, [])
  const sizes = `sizes ${peaks.size} and ${seen.checkpoint.size}`
  if (compared.are === 'unproven') {
    return stop(deps, 'unproven-checkpoint', `${sizes}: ${compared.reason}`, seen.note)
  }
  const detail = `it signed checkpoints of two histories, ${sizes}`
  const { proof } = compared
  const finding: Finding = { kind: 'two-checkpoints', origin, leafIndex: null, detail, proof }
  return { did: 'stopped', findings: [finding] }
}

async function advance(
  deps: MonitorDeps,
  before: Followed,
  served: SignedCheckpoint,
  nowMs: number,
): Promise<Round> {
  const { memory } = deps
  const { size, root } = served.checkpoint
  const round = await memory.inRound(async () => {
    const read = await readLeaves(deps, before.peaks, size, nowMs)
    if (!('peaks' in read)) return { keep: false, value: read }
    const isRight = equal(rootOf(read.peaks), root)
    if (!isRight) return { keep: false, value: undefined }
    memory.setFollowed({ peaks: read.peaks, note: served.note })
    memory.keep(read.findings, nowMs)
    const newLeaves = size - before.peaks.size
    return { keep: true, value: followed(deps, served.note, size, newLeaves, read.findings) }
  })
  return round ?? (await whyNot(deps, before, served))
}

/** The entries do not lead to the root: false entries, or a checkpoint of another history? */
async function whyNot(deps: MonitorDeps, before: Followed, served: SignedCheckpoint) {
  const round = await holdAgainst(deps, before, served)
  if (round.did !== 'followed') return round
  const detail = `the entries up to ${served.checkpoint.size} do not hash to the signed root`
  return stop(deps, 'wrong-entries', detail, served.note)
}

type Read = { peaks: Peaks; findings: Finding[] }

async function readLeaves(
  deps: MonitorDeps,
  from: Peaks,
  size: number,
  seenAtMs: number,
): Promise<Read | Round> {
  let peaks = from
  const findings: Finding[] = []
  while (peaks.size < size) {
    const index = Math.floor(peaks.size / TILE_WIDTH)
    const tile = { level: 0, index, width: Math.min(TILE_WIDTH, size - index * TILE_WIDTH) }
    const leaves = await readBundles(deps, tile)
    if ('did' in leaves) return leaves
    const skip = peaks.size - index * TILE_WIDTH
    for (const [i, entry] of leaves.entries.entries()) {
      if (i < skip) continue
      const sidecar = leaves.sidecars[i] ?? new Uint8Array()
      const leafIndex = index * TILE_WIDTH + i
      findings.push(...judgeLeaf(deps, { leafIndex, entry, sidecar, seenAtMs }))
    }
    peaks = appendLeaves(peaks, leaves.entries.slice(skip).map(leafHash))
  }
  return { peaks, findings }
}

async function readBundles(
  deps: MonitorDeps,
  tile: Tile,
): Promise<{ entries: Uint8Array[]; sidecars: Uint8Array[] } | Round> {
  const both = await Promise.all([deps.client.entries(tile), deps.client.sidecars(tile)])
  for (const fetched of both) {
    if ('unreachable' in fetched) return { did: 'unreachable', reason: fetched.unreachable }
    if ('refused' in fetched) return stop(deps, 'withheld', fetched.refused)
  }
  const [entries, sidecars] = both.map(fetched => ('value' in fetched ? fetched.value : []))
  return { entries: entries ?? [], sidecars: sidecars ?? [] }
}

function followed(
  { policy }: MonitorDeps,
  note: string,
  size: number,
  newLeaves: number,
  findings: Finding[],
): Round {
  const signed = policy.witnesses.filter(({ verifier }) => verifyNote(note, [verifier]).ok)
  const cosigners = signed.map(({ name }) => name)
  const isWitnessed = isQuorum(policy, cosigners)
  return { did: 'followed', size, newLeaves, cosigners, isWitnessed, findings }
}

function stop(deps: MonitorDeps, kind: FindingKind, detail: string, seen?: string): Round {
  const note = deps.memory.followed().note ?? null
  const proof = { followed: note, seen: seen ?? null }
  const finding: Finding = { kind, origin: deps.log.name, leafIndex: null, detail, proof }
  return { did: 'stopped', findings: [finding] }
}
