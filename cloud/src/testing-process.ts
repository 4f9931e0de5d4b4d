/**
 * A cloud as a process of its own, for tests that kill it: `node testing-process.ts run …` is
 * `tillproof cloud run …`, and `startCloudProcess` starts that and waits until it is ready.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Ready } from './main.ts'
import type { BootstrapResult } from './people/organisations/bootstrap.ts'

export type CloudProcess = {
  ready: Ready
  /** Kills it as an out-of-memory killer would; its database and chain live on. */
  kill(): Promise<void>
  stop(): Promise<number | null>
}

/** @param environment settings that are given there, beside what this process has */
export async function startCloudProcess(
  logFile: string,
  args: string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CloudProcess> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', import.meta.filename, 'run', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } },
  )
  child.stderr.on('data', (chunk: Buffer) => appendFileSync(logFile, chunk))
  return {
    ready: await readyLine(child, logFile),
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      return child.exitCode
    },
  }
}

/** Runs `cloud bootstrap` with this input; answers what it printed. */
export async function bootstrapCloud(data: string, input: object): Promise<BootstrapResult> {
  const args = [import.meta.filename, 'bootstrap', '--data', data, '--json']
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(input))
  return JSON.parse(await text(child.stdout))
}

async function readyLine(child: ChildProcess, logFile: string): Promise<Ready> {
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line)
  }
  // Its folder goes with the test: what it said last has to be told here.
  const said = existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().slice(-2000) : ''
  throw new TillproofError('test.cloud', `the cloud ended before it was ready\n${said}`, 'read it')
}

if (import.meta.main) {
  const { cloudCommand } = await import('./cli.ts')
  await cloudCommand().parseAsync(process.argv.slice(2), { from: 'user' })
}
