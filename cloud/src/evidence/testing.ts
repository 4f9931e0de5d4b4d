/**
 * What tests of evidence stand on: witness processes as a lender runs them, and one machine's log
 * with real keys, salts and signatures.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { clearSale } from '@tillproof/shared/agreement/clear-sale.ts'
import { EMPTY_BOOK } from '@tillproof/shared/agreement/state.ts'
import { chairAgreement } from '@tillproof/shared/agreement/testing.ts'
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { encodeCbor } from '@tillproof/shared/bytes/cbor.ts'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { inclusionProof, rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { subsetProof } from '@tillproof/shared/merkle/subset.ts'
import {
  DEVICE,
  genesisParts,
  ORIGIN,
  SALE_AT_MS,
  saleLog,
  seeds,
  signHead,
} from '@tillproof/shared/testing/world.ts'
import { expect } from 'vitest'
import type { DeviceEvidence, SaleClearing } from './bundles/bundle.ts'

const witnessMain = fileURLToPath(new URL('../../witness/src/main.ts', import.meta.url))

/** Runs the witness workspace's command line; answers standard output and exit code. */
export async function witnessCli(...args: string[]): Promise<{ out: string; code: number }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [witnessMain, ...args])
    return { out: stdout, code: 0 }
  } catch (error) {
    const { stdout, code } = error as { stdout?: unknown; code?: unknown }
    return { out: String(stdout ?? ''), code: typeof code === 'number' ? code : 1 }
  }
}

export type WitnessProcess = {
  name: string
  vkey: string
  url: string
  /** Kills it, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same folder. */
  restart(): Promise<void>
  /** A copy of what it remembers now, to be put back while it does not run. */
  copyState(): { putBack(): void }
  remove(): Promise<void>
}

export async function startWitness(name: string, logVkey: string): Promise<WitnessProcess> {
  const dir = mkdtempSync(join(tmpdir(), 'tillproof-witness-'))
  const flags = ['--dir', dir, '--name', name, '--log-vkey', logVkey, '--json']
  const { vkey } = JSON.parse((await witnessCli('witness', 'init', ...flags)).out)
  let running = await spawnWitness(dir, 0)
  const { url } = running
  const kill = () => end(running.child)
  return {
    name,
    vkey,
    url,
    kill,
    async restart() {
      running = await spawnWitness(dir, Number(new URL(url).port))
    },
    copyState: () => copyState(dir),
    async remove() {
      await kill()
      rmSync(dir, { recursive: true })
    },
  }
}

/** SQLite's own copy: what is in the write-ahead log comes along. */
function copyState(dir: string): { putBack(): void } {
  const copy = join(dir, 'state.copy')
  const database = new DatabaseSync(join(dir, 'state.db'))
  database.prepare('VACUUM INTO ?').run(copy)
  database.close()
  return {
    putBack() {
      for (const suffix of ['', '-wal', '-shm'])
        rmSync(join(dir, `state.db${suffix}`), { force: true })
      renameSync(copy, join(dir, 'state.db'))
    },
  }
}

async function spawnWitness(
  dir: string,
  port: number,
): Promise<{ child: ChildProcess; url: string }> {
  const args = [witnessMain, 'witness', 'run', '--dir', dir, '--port', String(port)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, url: JSON.parse(line).url }
  }
  return expect.fail('the witness ended before it was ready')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await new Promise(resolve => child.once('exit', resolve))
}

/** A vending machine's log of one sale, as the parts that own it would hand it over. */
export function soldOnce(): DeviceEvidence {
  const log = saleLog()
  const read = leafReader(log.map(parts => leafHash(commit(parts))))
  const [genesis = genesisParts(seeds.device), ...later] = log
  return {
    origin: ORIGIN,
    head: signHead(log, log.length),
    size: log.length,
    events: later.map((parts, at) => ({ index: at + 1, parts })),
    genesis,
    rest: subsetProof(read, [...log.keys()], log.length),
  }
}

/** That sale, split and booked as the second journal of a batch of three. */
export function clearedOnce(): SaleClearing {
  const gross = { amountMinor: 350n, currency: 'CNY' }
  const terms = { ...chairAgreement, deviceIds: [DEVICE], validFromMs: SALE_AT_MS - 1 }
  const saleId = `${DEVICE}.1.1`
  const sale = { saleId, deviceId: DEVICE, atMs: SALE_AT_MS, channel: 'sandbox', item: 'A1', gross }
  const outcome = clearSale(terms, EMPTY_BOOK, sale)
  if ('refused' in outcome) return expect.fail(`not cleared: ${outcome.refused}`)
  const legs = outcome.posting.legs.map(({ account, side, amountMinor }) => {
    return [account, gross.currency, side === 'debit' ? 0 : 1, 0, amountMinor]
  })
  const { agreementId, version, bookId } = terms
  const facts = [`sale:${saleId}`, randomBytes(32), 'sale', DEVICE, SALE_AT_MS, SALE_AT_MS]
  const by = [agreementId, version, randomBytes(16)]
  const journal = encodeCbor([1, bookId, 8, ...facts, ...by, legs])
  const hashes = [randomBytes(32), leafHash(journal), randomBytes(32)]
  const read = leafReader(hashes)
  const header = [1, bookId, 2, 7, 3, rootOfRange(read, 0, 3), randomBytes(32), SALE_AT_MS]
  const batchHeader = concat(utf8('tillproof/posting-batch-header/v1\n'), encodeCbor(header))
  return { terms, journal, journalProof: inclusionProof(read, 1, 3), batchHeader }
}
