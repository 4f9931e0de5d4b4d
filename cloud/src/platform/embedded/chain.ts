/**
 * An EVM chain as a child, for clouds that anchor nowhere else: anvil with its state in a file.
 * When it is killed it comes back with the state of a few seconds ago, as a chain does after a
 * reorganisation; whoever anchors has to be ready for that anyway.
 */
import { spawn } from 'node:child_process'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Log } from '../db/pool.ts'
import { choosePort, isAlive, watch } from './child.ts'

export type Chain = {
  rpcUrl: string
  chainId: number
  pid(): Promise<number | undefined>
  stop(): Promise<void>
}
export type ChainOptions = {
  dir: string
  log: Log
  chainId?: number
  /** Addresses that have to be able to pay for gas; given play money at each start. */
  fund: readonly string[]
}

const DEFAULT_CHAIN_ID = 31_337
const START_PATIENCE_MS = 20_000
const BLOCK_SECONDS = 1
const SAVE_EVERY_SECONDS = 1
/** 1000 ether in wei. */
const FUNDS = '0x3635c9adc5dea00000'

export async function startChain(options: ChainOptions): Promise<Chain> {
  await mkdir(options.dir, { recursive: true })
  const chainId = options.chainId ?? DEFAULT_CHAIN_ID
  const port = await choosePort(options.dir, (await livePid(options.dir)) !== undefined)
  const rpcUrl = `http://127.0.0.1:${port}`
  const start = async () => {
    if ((await livePid(options.dir)) === undefined) await launch(options, chainId, port)
    await answers(rpcUrl, chainId)
    for (const address of options.fund) await ask(rpcUrl, 'anvil_setBalance', [address, FUNDS])
  }
  await start()
  const isRunning = async () => (await livePid(options.dir)) !== undefined
  const stopWatching = watch({ name: 'chain', log: options.log, isRunning, start })
  return {
    rpcUrl,
    chainId,
    pid: () => livePid(options.dir),
    async stop() {
      await stopWatching()
      await shutDown(options.dir)
    },
  }
}

async function launch({ dir, log }: ChainOptions, chainId: number, port: number): Promise<void> {
  const output = await open(join(dir, 'anvil.log'), 'w', 0o600)
  const settings = {
    host: '127.0.0.1',
    port,
    'chain-id': chainId,
    'block-time': BLOCK_SECONDS,
    'slots-in-an-epoch': 1,
    'base-fee': 0,
    'gas-price': 0,
    accounts: 1,
    state: join(dir, 'state.json'),
    'state-interval': SAVE_EVERY_SECONDS,
  }
  const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)])
  // Contracts are compiled for Paris, which every chain we know of runs.
  const flags = ['--silent', '--disable-min-priority-fee', '--hardfork', 'paris']
  const child = spawn(binary(), [...flags, ...args], {
    cwd: dir,
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  })
  child.on('error', error => log('error', 'chain', { reason: error.message }))
  child.unref()
  await writeFile(join(dir, 'pid'), String(child.pid))
  await output.close()
}

const ARCHITECTURES: Record<string, string> = { x64: 'amd64' }

function binary(): string {
  const architecture = ARCHITECTURES[process.arch] ?? process.arch
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`
  const from = createRequire(import.meta.resolve('@foundry-rs/anvil/package.json'))
  const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  try {
    return join(dirname(from.resolve(`${name}/package.json`)), 'bin', file)
  } catch (cause) {
    throw new TillproofError(
      'chain.no-binary',
      `there is no anvil for this machine among the packages (${name})`,
      'install without --omit=optional, or give the address of a chain by ANCHOR_RPC_URL',
      { cause },
    )
  }
}

async function answers(rpcUrl: string, chainId: number): Promise<void> {
  const giveUpAt = performance.now() + START_PATIENCE_MS
  for (;;) {
    const found = await ask(rpcUrl, 'eth_chainId', []).catch(() => undefined)
    if (found === `0x${chainId.toString(16)}`) return
    if (performance.now() > giveUpAt) {
      throw new TillproofError(
        'chain.not-starting',
        'the embedded chain does not start',
        'read anvil.log in its folder',
      )
    }
    await sleep(100)
  }
}

async function ask(rpcUrl: string, method: string, params: unknown[]): Promise<unknown> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(3_000),
  })
  return ((await response.json()) as { result?: unknown }).result
}

/** Process id in the note if that process lives and is an anvil. */
async function livePid(dir: string): Promise<number | undefined> {
  const pid = Number(await readFile(join(dir, 'pid'), 'utf8').catch(() => '0'))
  if (!(pid > 0) || !isAlive(pid)) return undefined
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'anvil')
  return command.includes('anvil') ? pid : undefined
}

const PATIENCE_MS = 5_000

/** anvil writes its state when told to end. */
async function shutDown(dir: string): Promise<void> {
  const pid = await livePid(dir)
  if (pid === undefined) return
  process.kill(pid, 'SIGTERM')
  const giveUpAt = performance.now() + PATIENCE_MS
  while (isAlive(pid)) {
    if (performance.now() > giveUpAt) {
      process.kill(pid, 'SIGKILL')
      return
    }
    await sleep(20)
  }
}
