/**
 * A cloud that serves a log over HTTP as ours does, honest until a test makes it lie: every key is
 * in the test's hands, and everything served can be replaced.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { deviceOrigin } from '@tillproof/shared/ids.ts'
import { encodeEntryBundle } from '@tillproof/shared/merkle/entry-bundle.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { consistencyProof, rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { parseTilePath, tileBytes } from '@tillproof/shared/merkle/tiles.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { cosigner, ed25519Signer, vkey } from '@tillproof/shared/note/key.ts'
import { addSignature, signatureLine, signNote } from '@tillproof/shared/note/note.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { encodeHeadSidecar, type HeadSidecar } from '@tillproof/shared/wire/head-sidecar.ts'
import {
  encodeHeadsMap,
  headsMapOf,
  type NewestHead,
  originOfHead,
} from '@tillproof/shared/wire/heads-map.ts'
import { expect } from 'vitest'
import type { ShownBatch } from './book-rule.ts'
import { followBook, type ReadBatches } from './books.ts'
import type { FindingKind } from './finding.ts'
import { compareSeen, followOnce, type Round } from './follow.ts'
import { logClient } from './log-client.ts'
import { openMemory } from './memory.ts'
import { type MonitorReport, reportOf } from './report.ts'

export const CLOUD = 'demo.tillproof.local'
export const LOG = `${CLOUD}/log`
const logKey = ed25519.generate()
const witnessKey = ed25519.generate()
export const policyText = [
  `log ${vkey(LOG, 'ed25519', logKey.publicKey)}`,
  `witness lender ${vkey('witness.lender', 'cosignature', witnessKey.publicKey)}`,
  'quorum lender',
  '',
].join('\n')

export type Leaf = { entry: Uint8Array; sidecar: Uint8Array }

/** A device's log of events that only their hashes tell apart. */
export class TestDevice {
  readonly origin: string
  readonly key = ed25519.generate()
  leaves: Uint8Array[] = []
  /** Size at the last head that was logged. */
  logged = 0

  constructor(id: string) {
    this.origin = deviceOrigin(CLOUD, id, 1)
  }

  grow(events: number, story = 'event'): this {
    for (let i = 0; i < events; i++) this.leaves.push(leafHash(utf8(`${story} ${i}`)))
    return this
  }

  head(size = this.leaves.length, key = this.key): string {
    const text = formatCheckpoint({ origin: this.origin, size, root: this.root(size) })
    return signNote(text, [ed25519Signer(this.origin, key.privateKey)])
  }

  sidecar(previousSize = this.logged, size = this.leaves.length): HeadSidecar {
    const proof = consistencyProof(leafReader(this.leaves), previousSize, size)
    const previousRoot = this.root(previousSize)
    return { previousSize, previousRoot, evidenceKey: this.key.publicKey, proof }
  }

  root(size: number): Uint8Array {
    return rootOfRange(leafReader(this.leaves), 0, size)
  }
}

export class LyingCloud {
  leaves: Leaf[] = []
  checkpoint = ''
  /** What a path under /log is answered with instead; null is 404. */
  lies = new Map<string, Uint8Array | string | null>()
  /** Paths that were asked for. */
  asked: string[] = []
  url = ''
  #server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/log/', '')
    this.asked.push(path)
    const lie = this.lies.get(path)
    const body = lie === undefined ? this.#honest(path) : lie
    response.writeHead(body === null ? 404 : 200).end(body ?? 'nothing')
  })

  async start(): Promise<this> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    return this
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  /** Logs the device's head as an honest cloud does, or with another note or sidecar. */
  logHead(device: TestDevice, change: { note?: string; sidecar?: HeadSidecar | null } = {}): this {
    const { note = device.head(), sidecar = device.sidecar() } = change
    const bytes = sidecar === null ? new Uint8Array() : encodeHeadSidecar(sidecar)
    this.leaves.push({ entry: headEntry(note), sidecar: bytes })
    device.logged = device.leaves.length
    return this
  }

  logOther(count: number): this {
    for (let i = 0; i < count; i++) {
      const entry = utf8(`tillproof/pledge/v1\n${this.leaves.length}`)
      this.leaves.push({ entry, sidecar: new Uint8Array() })
    }
    return this
  }

  /** Logs the map of the newest heads among the first `size` leaves, as `hide` changes them. */
  logMap(size = this.leaves.length, hide = (heads: NewestHead[]) => heads): this {
    const newest = new Map<string, NewestHead>()
    for (const [leafIndex, { entry }] of this.leaves.slice(0, size).entries()) {
      const origin = originOfHead(entry.subarray(headEntry('').length)) ?? ''
      if (origin !== '') newest.set(origin, { origin, leafIndex, leafHash: leafHash(entry) })
    }
    const body = encodeHeadsMap(headsMapOf(hide([...newest.values()]), size))
    return this.logLeaf('heads-map', body)
  }

  logLeaf(type: string, body: Uint8Array): this {
    const entry = concat(utf8(`tillproof/${type}/v1\n`), body)
    this.leaves.push({ entry, sidecar: new Uint8Array() })
    return this
  }

  publish(isCosigned = true): this {
    this.checkpoint = this.signed(this.leaves, isCosigned)
    return this
  }

  signed(leaves: readonly Leaf[], isCosigned = true): string {
    const size = leaves.length
    const root = rootOfRange(leafReader(leaves.map(({ entry }) => leafHash(entry))), 0, size)
    const text = formatCheckpoint({ origin: LOG, size, root })
    const note = signNote(text, [ed25519Signer(LOG, logKey.privateKey)])
    const witness = cosigner('witness.lender', witnessKey.privateKey).at(1_700_000_000)
    return isCosigned ? addSignature(note, signatureLine(witness, text)) : note
  }

  #honest(path: string): Uint8Array | string | null {
    if (path === 'checkpoint') return this.checkpoint === '' ? null : this.checkpoint
    const isSidecars = path.startsWith('consistency/')
    const parsed = parseTilePath(path.replace(/^consistency\//, 'tile/entries/'))
    if (parsed === undefined) return null
    const { kind, tile } = parsed
    const slice = this.leaves.slice(tile.index * 256, tile.index * 256 + tile.width)
    if (kind === 'entries' && slice.length < tile.width) return null
    if (kind === 'tile') {
      return tileBytes(leafReader(this.leaves.map(({ entry }) => leafHash(entry))), tile)
    }
    return encodeEntryBundle(slice.map(leaf => (isSidecars ? leaf.sidecar : leaf.entry)))
  }
}

export function headEntry(note: string): Uint8Array {
  return concat(utf8('tillproof/device-head/v1\n'), utf8(note))
}

export type TestMonitor = {
  dir: string
  cloud: LyingCloud
  /** One round, with checkpoints that others were shown. */
  look(policy?: string, ...seen: string[]): Promise<MonitorReport>
  /** One round, and one look at a book whose batches are shown as given. */
  lookAtBook(
    operatorId: string,
    shown: readonly ShownBatch[],
    nowMs?: number,
  ): Promise<MonitorReport>
  /** Closes the folder and opens it again, as a restart does. */
  reopen(): void
  remove(): Promise<void>
}

/** A monitor with a folder of its own, and the cloud that it follows. */
export async function testMonitor(): Promise<TestMonitor> {
  const dir = mkdtempSync(join(tmpdir(), 'tillproof-monitor-'))
  const cloud = await new LyingCloud().start()
  let memory = openMemory(dir, LOG)
  return {
    dir,
    cloud,
    async look(text = policyText, ...seen) {
      const nowMs = 1_760_000_000_000
      const policy = parsePolicy(text)
      const log = policy.logs[0]?.verifier ?? expect.fail('the policy names no log')
      const deps = { client: logClient(cloud.url), policy, log, memory }
      const rounds: Round[] = [await followOnce(deps, nowMs)]
      for (const note of seen) rounds.push(await compareSeen(deps, utf8(note), nowMs))
      return reportOf(LOG, memory, rounds)
    },
    async lookAtBook(operatorId, shown, nowMs = 1_760_000_000_000) {
      const policy = parsePolicy(policyText)
      const log = policy.logs[0]?.verifier ?? expect.fail('the policy names no log')
      const followed = await followOnce(
        { client: logClient(cloud.url), policy, log, memory },
        nowMs,
      )
      const read: ReadBatches = async (_, from) => ({
        batches: shown.slice(Number(from) - 1, Number(from) + 2),
      })
      return reportOf(LOG, memory, [
        followed,
        await followBook({ memory, read }, operatorId, nowMs),
      ])
    },
    reopen() {
      memory.close()
      memory = openMemory(dir, LOG)
    },
    async remove() {
      memory.close()
      await cloud.stop()
      rmSync(dir, { recursive: true })
    },
  }
}

export function kindsOf(report: MonitorReport): FindingKind[] {
  return report.findings.map(({ kind }) => kind)
}
