/**
 * A real chain for tests: one anvil process on a free port, gas for free as on a consortium chain,
 * spawned as its own binary so that `kill` reaches the chain and not a wrapper around it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type Anvil = { url: string; port: number; stop(): Promise<void> }
export type AnvilOptions = {
  /** 0 takes a free port. */
  port?: number
  /** Seconds between blocks; without it each transaction makes its block. */
  blockTimeS?: number
  /** File that keeps the chain over a restart. */
  stateFile?: string
  /** True unless told: as on a consortium's chain nobody needs a balance. */
  isGasFree?: boolean
}

/** Resolves once the chain listens; `stop` ends it and resolves when it is gone. */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const child = spawn(anvilBinary(), anvilFlags(options), { stdio: ['ignore', 'pipe', 'ignore'] })
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const port = await listeningPort(child)
  const stop = async () => {
    child.kill('SIGTERM')
    await gone
  }
  return { url: `http://127.0.0.1:${port}`, port, stop }
}

function anvilFlags({ port = 0, blockTimeS, stateFile, isGasFree = true }: AnvilOptions) {
  const flags = ['--port', String(port), '--hardfork', 'paris', '--accounts', '1']
  flags.push('--slots-in-an-epoch', '1')
  if (isGasFree) flags.push('--base-fee', '0', '--gas-price', '0', '--disable-min-priority-fee')
  if (blockTimeS !== undefined) flags.push('--block-time', String(blockTimeS))
  if (stateFile !== undefined) flags.push('--state', stateFile, '--state-interval', '1')
  return flags
}

function anvilBinary(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}/package.json`
  return join(dirname(createRequire(import.meta.url).resolve(name)), 'bin', 'anvil')
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', chunk => {
      said += String(chunk)
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    child.once('exit', code => {
      reject(new TillproofError('anvil.exit', `anvil ended with ${code}: ${said}`, 'Read it.'))
    })
  })
}
