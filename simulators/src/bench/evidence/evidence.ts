/**
 * What evidence costs: a whole bundle of many events, read, checked and decoded, against one
 * signature for each event and against the bare hashing of the same bytes; a growing log against
 * bare hashing of its leaves; and how large the proofs are.
 */
import { entryOf } from '@tillproof/cloud/evidence/log/leaf.ts'
import type { Db } from '@tillproof/cloud/platform/db/db.ts'
import { verifyBundle } from '@tillproof/shared/bundle/verify.ts'
import { packBundle } from '@tillproof/shared/bundle/write.ts'
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import { ed25519Signer, vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { seededRandom } from '../../random.ts'
import { startBenchServer } from '../database.ts'
import { allMet, type BenchResult, ratioOf } from '../result.ts'
import { type Contestant, raceInRounds, timesFaster, unitsPerSecond } from '../rounds.ts'
import { bytesOf, hashEach, preimagesOf, signEach, verifyEach } from './baselines.ts'
import { growingLog } from './growing-log.ts'
import { EVIDENCE_SEED, makeProofSet, type ProofSet } from './proof-set.ts'
import { bundleText, LOG, LOG_SEED, policyText, sampleBundle } from './sample-bundle.ts'

/** Signatures cost the same each: this many a round tell what one costs. */
const SIGNATURES = 1000
/** As many as a bundle in JSON holds. */
const TEXT_EVENTS = 10_000
/** A log's leaf costs the same in a small and in a large one: a round needs no more. */
const LOG_LEAVES = 20_000
const SALE_EVENTS = 4
const HASH_BYTES = 32

export type EvidenceSettings = { events: number; rounds: number }

export async function benchEvidence(settings: EvidenceSettings): Promise<BenchResult> {
  const server = await startBenchServer()
  try {
    return await measure(settings, (await server.newDatabase()).db)
  } finally {
    await server.close()
  }
}

async function measure({ events, rounds }: EvidenceSettings, db: Db): Promise<BenchResult> {
  // The genesis comes on top, as it does in every bundle.
  const set = makeProofSet(events + 1, seededRandom(1))
  const text = bundleText(sampleBundle(set, TEXT_EVENTS))
  const { frame, events: disclosed } = sampleBundle(set, events)
  const packed = packBundle(frame, disclosed)
  const contestants = [...verifiers(set, packed, text), ...appenders(set, db)]
  const timings = await raceInRounds(contestants, rounds, () => performance.now())
  const faster = (name: string, than: string) => timesFaster(timings, name, than)
  const ratios = [
    ratioOf('verify a bundle / a signature each', faster('bundle', 'signed each'), 20),
    ratioOf('verify a bundle / hash the same bytes', faster('bundle', 'hashed'), 0.3),
    ratioOf('verify a bundle / hash each event once', faster('bundle', 'hashed once'), null),
    ratioOf('verify it in JSON / a signature each', faster('in JSON', 'signed each'), null),
    ratioOf('grow the log / hash its leaves', faster('grown', 'leaves hashed'), null),
  ]
  const perSecond = contestants.map(({ name }) => [name, unitsPerSecond(timings, name)] as const)
  return {
    suite: 'evidence',
    settings: { events, rounds },
    ratios,
    perSecond: Object.fromEntries(perSecond),
    sizes: sizesOf(set, packed, text),
    met: allMet(ratios),
  }
}

function verifiers(set: ProofSet, packed: Uint8Array, text: string): Contestant[] {
  const policy = parsePolicy(policyText)
  const isProven = (bundle: unknown) => verifyBundle(bundle, policy).verdict === 'witnessed'
  const disclosed = set.parts.slice(1)
  const signed = signEach(disclosed.slice(0, SIGNATURES), EVIDENCE_SEED)
  const preimages = preimagesOf(set.parts)
  const events = disclosed.map(bytesOf)
  return [
    counted('bundle', disclosed.length, () => isProven(packed)),
    counted('in JSON', inText(set), () => isProven(text)),
    counted('signed each', signed.events.length, () => verifyEach(signed)),
    counted('hashed', disclosed.length, () => hashEach(preimages)),
    counted('hashed once', events.length, () => hashEach(events)),
  ]
}

/** How many events the bundle in JSON discloses; the genesis is in every bundle. */
function inText({ parts }: ProofSet): number {
  return Math.min(parts.length - 1, TEXT_EVENTS)
}

/** The commitments once more, as the bodies of a log's leaves. */
function appenders({ parts }: ProofSet, db: Db): Contestant[] {
  const bodies = parts.slice(0, LOG_LEAVES).map(commit)
  const preimages = bodies.map(body => concat(Uint8Array.of(0), entryOf({ type: 'pledge', body })))
  const signer = ed25519Signer(LOG, LOG_SEED)
  const logVkey = vkey(LOG, 'ed25519', ed25519.publicKeyOf(LOG_SEED))
  const log = growingLog(db, signer, logVkey, () => performance.now())
  let size = 0
  return [
    {
      name: 'grown',
      prepare: () => log.stage(bodies),
      async run() {
        size += bodies.length
        if ((await log.grow()) !== size) throw wrongAnswer('grown')
        return bodies.length
      },
    },
    counted('leaves hashed', bodies.length, () => hashEach(preimages)),
  ]
}

/** A benchmark of work that was not done is worth nothing: each answer is looked at. */
function counted(name: string, units: number, work: () => unknown): Contestant {
  const run = () => {
    if (work() === false) throw wrongAnswer(name)
    return units
  }
  return { name, run }
}

function sizesOf(set: ProofSet, packed: Uint8Array, text: string): BenchResult['sizes'] {
  const size = set.parts.length
  const bytes = set.parts.reduce((sum, parts) => sum + bytesOf(parts).length, 0)
  const ofSale = sampleBundle(set, SALE_EVENTS)
  const depth = Math.ceil(Math.log2(size))
  return {
    'bytes an event, salts and parts': bytes / size,
    'bytes of the one signed head': utf8(set.head).length,
    'bytes of an inclusion proof, at most': depth * HASH_BYTES,
    'bytes of a bundle of one sale': utf8(bundleText(ofSale)).length,
    'bytes of it packed': packBundle(ofSale.frame, ofSale.events).length,
    'bytes an event in a large bundle': packed.length / (size - 1),
    'bytes an event in one in JSON': utf8(text).length / inText(set),
  }
}

function wrongAnswer(name: string): TillproofError {
  return new TillproofError(
    'bench.wrong-answer',
    `The benchmark "${name}" gave a wrong answer, so its time means nothing.`,
    'Run the tests of the workspace that it measures; this is a fault in the program.',
  )
}
