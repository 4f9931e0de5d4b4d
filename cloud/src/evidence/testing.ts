/**
 * What tests of evidence stand on: witness processes as a lender runs them, and one machine's log
 * with real keys, salts and signatures.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ed25519, randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { encodeOpen } from '@tillproof/shared/event/codec.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import type { EventParts, OpenEvent } from '@tillproof/shared/event/event.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import type { DeviceEvidence } from './bundles/bundle.ts'

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
    async remove() {
      await kill()
      rmSync(dir, { recursive: true })
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
  throw new TillproofError('testing.witness', 'the witness ended at once', 'Run it by hand.')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await new Promise(resolve => child.once('exit', resolve))
}

/** A sale as a vending machine records it: genesis, request, payment, approval, result. */
export function soldOnce(origin: string, saleIndex = 1): DeviceEvidence {
  const key = ed25519.generate()
  const sale = { sale: saleIndex, amountMinor: 350n, currency: 'CNY' }
  const told: Omit<OpenEvent, 'index' | 'atMs' | 'monotonicMs' | 'bootId'>[] = [
    { kind: 'genesis', genesis: genesisOf(key.publicKey) },
    { kind: 'sale.requested', ...sale, item: 'A3' },
    { kind: 'payment.seen', ...sale, orderId: '2f1e6a1c-6b0f-4b53-9f0b-0a2f6f3f9c11' },
    { kind: 'sale.approved', ...sale },
    { kind: 'sale.result', ...sale, result: 'success' },
    { kind: 'test' },
  ]
  const bootId = randomBytes(8)
  const parts = told.map((event, index) =>
    partsOf({ ...event, index, atMs: 1_700_000_000_000 + index, monotonicMs: index, bootId }),
  )
  const leafHashes = parts.map(each => leafHash(commit(each)))
  const size = leafHashes.length
  const root = rootOf(appendLeaves(emptyPeaks, leafHashes))
  const head = signNote(formatCheckpoint({ origin, size, root }), [
    ed25519Signer(origin, key.privateKey),
  ])
  const events = parts.map((each, index) => ({ index, parts: each })).slice(1, 5)
  const [genesis = partsOf({ kind: 'test', index: 0, atMs: 0, monotonicMs: 0, bootId })] = parts
  return { origin, head, size, events, genesis, leafHashes }
}

function genesisOf(evidenceKey: Uint8Array) {
  const tlsFingerprint = randomBytes(32)
  return { model: 'VM-1', controllerSerial: '42', tlsFingerprint, evidenceKey, agentVersion: '0.1' }
}

function partsOf(event: OpenEvent): EventParts {
  const open = encodeOpen(event)
  return { open, openSalt: randomBytes(16), sealed: null, sealedSalt: null }
}
