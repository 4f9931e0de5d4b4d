/**
 * A book with every part in the test's hands: a machine that sells, agreements that parties sign
 * with real keys, batches that are logged. Honest until a test makes it lie; audited by a monitor
 * that follows the log over HTTP and asks this cloud for everything else.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import { clearSale } from '@tillproof/shared/agreement/clear-sale.ts'
import { emptyState, nextState } from '@tillproof/shared/agreement/state.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { chairAgreement } from '@tillproof/shared/agreement/testing.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import type { Agreement, TransferDocument } from '@tillproof/shared/api/agreements.ts'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519, randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import type { EventParts, OpenEvent } from '@tillproof/shared/event/event.ts'
import {
  type BatchHeader,
  batchHash,
  batchHeaderBytes,
  type Journal,
  journalBytes,
  journalsRoot,
} from '@tillproof/shared/ledger/posting-batch.ts'
import { businessIdOfSale, saleFactsHash } from '@tillproof/shared/ledger/sale-facts.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { consistencyProof, rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import {
  bundleEvent,
  bundleHead,
  DEVICE,
  deviceHeadEntry,
  genesisParts,
  partsOf,
  seeds,
  signHead,
} from '@tillproof/shared/testing/world.ts'
import { encodeHeadSidecar } from '@tillproof/shared/wire/head-sidecar.ts'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { expect } from 'vitest'
import type { ShownBatch } from '../book-rule.ts'
import { followBook } from '../books.ts'
import { compareSeen, followOnce, type MonitorDeps } from '../follow.ts'
import { logClient } from '../log-client.ts'
import { openMemory } from '../memory.ts'
import { type MonitorReport, reportOf } from '../report.ts'
import { CLOUD, LOG, LyingCloud, policyText } from '../testing.ts'
import { bookDay } from './day.ts'
import { recomputeBook } from './recompute.ts'
import type { ReadRegistered } from './registered.ts'
import { indexesOf, inSuspense } from './testing-parts.ts'
import { UNBOOKED_AFTER_MS } from './unbooked.ts'

export const BOOK = chairAgreement.bookId
export const FROM_MS = 1_760_000_000_000
/** Every sale is made a second after the one before. */
const SALE_MS = FROM_MS + 3_600_000
export const NOW_MS = FROM_MS + 7_200_000

/** Fee 0.60 %, sweep 30 % until 2.00 are repaid, site 10 %, the operator the rest. */
export function termsOf(change: Partial<AgreementTerms> = {}): AgreementTerms {
  const terms = chairAgreement.terms.map(term =>
    term.kind === 'share' && term.name === 'sweep' ? { ...term, capMinor: '200' } : term,
  )
  const parties = chairAgreement.parties.map((party, at) => {
    return { ...party, signer: keyOf(at).address.toLowerCase() }
  })
  return { ...chairAgreement, deviceIds: [DEVICE], parties, terms, ...change }
}

const keys = chairAgreement.parties.map(() => privateKeyToAccount(generatePrivateKey()))
export const keyOf = (at: number) => keys[at] ?? expect.fail('no such party')

export type Sold = { saleId: string; orderId: string; atMs: number; amountMinor: bigint }

export class TestAudit {
  readonly cloud: LyingCloud
  /** What a path of the API is answered with instead; null is the refusal that fits it. */
  readonly lies = new Map<string, string | null>()
  agreements: Agreement[] = []
  transfers: TransferDocument[] = []
  batches: { header: BatchHeader; journals: Journal[] }[] = []
  registered: ReadRegistered | undefined
  readonly #dir = mkdtempSync(join(tmpdir(), 'tillproof-audit-'))
  #memory = openMemory(this.#dir, LOG)
  #log: EventParts[] = [genesisParts(seeds.device)]
  /** Sizes of the machine's log at the heads that were logged, and where. */
  #heads: { size: number; leafIndex: number }[] = []
  #state = emptyState()

  constructor(cloud: LyingCloud) {
    this.cloud = cloud
  }

  /** Signs with everybody's key, logs the hash, and shows it; each of it unless told. */
  async agree(terms = termsOf(), how: { signers?: number; isLogged?: boolean } = {}) {
    const typed = agreementTypedData(terms, CLOUD)
    const signedAt = new Date(terms.validFromMs).toISOString()
    const signing = terms.parties.slice(0, how.signers ?? terms.parties.length)
    const signatures = signing.map(async ({ organisationId, signer }, at) => ({
      organisationId,
      signer,
      signature: await keyOf(at).signTypedData(typed),
      signedAt,
    }))
    if (how.isLogged ?? true) this.cloud.logLeaf('agreement', agreementHash(terms))
    this.agreements.push({
      id: terms.agreementId,
      version: terms.version,
      terms,
      hash: toHex(agreementHash(terms)),
      proposedAt: signedAt,
      signatures: await Promise.all(signatures),
      missing: [],
      effectiveFrom: signedAt,
    })
    return terms
  }

  /** The machine records a sale and its head is logged. */
  sell(amountMinor: bigint, change: Partial<OpenEvent> = {}): Sold {
    const index = this.#log.length
    const orderId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
    const atMs = SALE_MS + index * 1000
    const sale = { sale: index, atMs }
    const money = { amountMinor, currency: 'CNY' }
    this.#log.push(
      partsOf({ ...sale, kind: 'sale.requested', index, item: 'A1', ...money }),
      partsOf({ ...sale, kind: 'payment.seen', index: index + 1, orderId }),
      partsOf({ ...sale, kind: 'sale.result', index: index + 2, result: 'success', ...change }),
    )
    this.#logHead()
    return { saleId: `${DEVICE}.1.${index}`, orderId, atMs, amountMinor }
  }

  #logHead(): void {
    const size = this.#log.length
    const before = this.#heads.at(-1)?.size ?? 0
    const read = leafReader(this.#log.map(parts => leafHash(commit(parts))))
    const evidenceKey = ed25519.publicKeyOf(seeds.device)
    const previousRoot = rootOfRange(read, 0, before)
    const proof = consistencyProof(read, before, size)
    const sidecar = encodeHeadSidecar({ previousSize: before, previousRoot, evidenceKey, proof })
    this.#heads.push({ size, leafIndex: this.cloud.leaves.length })
    this.cloud.leaves.push({ entry: deviceHeadEntry(signHead(this.#log, size)), sidecar })
  }

  /** The journal of a sale as these terms split it, after all that was booked before. */
  journal(sold: Sold, terms: AgreementTerms | null, change: Partial<Journal> = {}): Journal {
    const { saleId, orderId, atMs, amountMinor } = sold
    const gross = { amountMinor, currency: 'CNY' }
    const sale = { saleId, deviceId: DEVICE, atMs, channel: 'sandbox', item: 'A1', gross }
    const cleared = terms && clearSale(terms, this.#state, sale)
    const legs = cleared && 'ok' in cleared ? cleared.posting.legs : inSuspense(amountMinor)
    const receivable = 'psp:sandbox:receivable'
    return {
      operatorId: BOOK,
      seq: 0n,
      businessId: businessIdOfSale(saleId),
      payloadHash: saleFactsHash({ saleId, orderId, receivable, ...gross, atMs }),
      kind: 'sale',
      deviceId: DEVICE,
      sourceAtMs: atMs,
      bookedAtMs: NOW_MS,
      agreement: terms && { id: terms.agreementId, version: terms.version },
      salt: randomBytes(16),
      legs: legs.map(leg => ({ ...leg, currency: 'CNY', phase: 'posted' })),
      ...change,
    }
  }

  /** Books journals in a batch of their own, and logs it. */
  book(...journals: Journal[]): void {
    for (const { agreement, sourceAtMs, legs } of journals) {
      const terms = this.agreements.find(({ version }) => version === agreement?.version)?.terms
      this.#state = nextState(this.#state, terms ?? null, { sourceAtMs, legs })
    }
    const last = this.batches.at(-1)?.header
    const firstJournal = last === undefined ? 1n : last.firstJournal + BigInt(last.journals)
    const numbered = journals.map((each, at) => ({ ...each, seq: firstJournal + BigInt(at) }))
    const header = {
      operatorId: BOOK,
      seq: (last?.seq ?? 0n) + 1n,
      firstJournal,
      journals: journals.length,
      root: journalsRoot(numbered),
      previous: last === undefined ? new Uint8Array(32) : batchHash(last),
      bookedAtMs: NOW_MS,
    }
    this.batches.push({ header, journals: numbered })
    this.cloud.logLeaf('posting-batch', batchHash(header)).logOther(1)
  }

  /** Sells, books by the terms, one batch a sale. */
  sellAndBook(terms: AgreementTerms | null, ...amounts: bigint[]): void {
    for (const amount of amounts) this.book(this.journal(this.sell(amount), terms))
  }

  /** One look of the monitor at the log and the book. */
  async look(nowMs = NOW_MS): Promise<MonitorReport> {
    this.cloud.publish()
    const policy = parsePolicy(policyText)
    const log = policy.logs[0]?.verifier ?? expect.fail('the policy names no log')
    const memory = this.#memory
    const deps: MonitorDeps = { client: logClient(this.cloud.url), policy, log, memory }
    const followed = await followOnce(deps, nowMs)
    memory.recomputed.begin(BOOK)
    const read = async (_: string, from: bigint) => ({ batches: this.#shown(from) })
    const ask = async (path: string) => this.#answer(path)
    const recompute = {
      cloudName: CLOUD,
      proven: memory.agreements,
      ask,
      ...(this.registered && { registered: this.registered }),
      books: memory.recomputed,
      told: memory.told,
      loggedSize: (origin: string) => memory.head(origin)?.size ?? 0,
      unbookedAfterMs: UNBOOKED_AFTER_MS,
      policy,
      compare: (note: string) => compareSeen(deps, utf8(note), nowMs),
      keep: (found: Parameters<typeof memory.keep>[0]) => memory.keep(found, nowMs),
    }
    const batches = await followBook({ memory, read }, BOOK, nowMs)
    const { round, registered: onChain } = await recomputeBook(recompute, BOOK, nowMs)
    const agreements = { proven: memory.agreements.of(BOOK).length, registered: onChain }
    const day = bookDay(memory.recomputed, BOOK, agreements)
    return reportOf(LOG, memory, [followed, batches, round], [day])
  }

  #shown(from: bigint): ShownBatch[] {
    return this.batches.slice(Number(from) - 1, Number(from) + 9).map(each => ({
      header: toBase64(batchHeaderBytes(each.header)),
      journals: each.journals.map(journal => toBase64(journalBytes(journal))),
    }))
  }

  #answer(path: string): string {
    const lie = this.lies.get(path)
    if (typeof lie === 'string') return lie
    const [, , , room = '', first = '', second = '', third = ''] = path.split('/')
    const found = lie === null ? undefined : this.#found(room, first, second, third)
    if (found !== undefined) return JSON.stringify(found)
    const code = room === 'bundles' ? 'bundle.unknown-sale' : 'agreement.unknown'
    throw new TillproofError(code, 'There is no such thing.', 'Ask for another.')
  }

  #found(room: string, first: string, second: string, third: string): object | undefined {
    if (room === 'bundles') return this.bundle(second)
    if (room.startsWith('freeze-orders')) return { items: [], next: null }
    if (second === 'transfers') return { items: this.transfers, next: null }
    if (first === '') return { items: this.agreements, next: null }
    return this.agreements.find(each => each.id === first && String(each.version) === third)
  }

  /** The machine's events of a sale, or of a range, under the first logged head over them. */
  bundle(asked: string): object | undefined {
    const indexes = indexesOf(asked)
    const head = this.#heads.find(({ size }) => size > Math.max(...indexes))
    if (head === undefined) return undefined
    const log = this.#log.slice(0, head.size)
    const note = signHead(log, head.size)
    const entries = this.cloud.leaves.map(({ entry }) => entry)
    const signers = policyText.split('\n').flatMap(line => /\S+\+\S+\+\S+/.exec(line)?.[0] ?? [])
    return {
      v: 2,
      events: indexes.map(index => bundleEvent(log, index)),
      deviceHeads: [bundleHead(log, head.size, note, head.leafIndex, indexes)(entries)],
      checkpoint: { note: this.cloud.checkpoint, signers },
      anchor: null,
      sale: null,
    }
  }

  /** Closes the folder and opens it again, as a restart does. */
  reopen(): void {
    this.#memory.close()
    this.#memory = openMemory(this.#dir, LOG)
  }

  async close(): Promise<void> {
    this.#memory.close()
    await this.cloud.stop()
    rmSync(this.#dir, { recursive: true })
  }
}

export async function testAudit(): Promise<TestAudit> {
  return new TestAudit(await new LyingCloud().start())
}
