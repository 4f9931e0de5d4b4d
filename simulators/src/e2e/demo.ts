/**
 * The demo that the end-to-end tests share: a real `tillproof start` in a process of its own,
 * started by whichever test asks first and met by the others through its run.json.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { inject } from 'vitest'
import { tillproof } from '../demo/child.ts'
import { type DataFolder, dataFolder, readRunFile, type SignIn } from '../demo/folder.ts'

export type TestDemo = {
  /** `http://127.0.0.1:<port>`, the dashboard and the API. */
  address: string
  folder: DataFolder
  signIns: Record<'platform' | 'operator' | 'lender' | 'site', SignIn>
}

const longestStartMs = 240_000

/** Starts the demo or finds the one that another test has started; it ends with the test run. */
export async function startDemoForTest(): Promise<TestDemo> {
  const folder = dataFolder(inject('demoFolder'))
  if (isFirst(folder)) launch(folder)
  for (let waited = 0; waited < longestStartMs; waited += 250) {
    const run = readRunFile(folder)
    if (run?.address !== undefined && run.signIns !== undefined) {
      const signIns = Object.fromEntries(run.signIns.map(each => [each.kind, each]))
      return { address: run.address, folder, signIns: signIns as TestDemo['signIns'] }
    }
    if (existsSync(join(folder.root, 'failed'))) break
    await sleep(250)
  }
  throw new TillproofError(
    'e2e.no-demo',
    `the demo did not start:\n${allLogs(folder)}`,
    'see there',
  )
}

/** The folder goes with the test run, so the logs' ends have to be in the message. */
function allLogs({ logs }: DataFolder): string {
  const ends = readdirSync(logs).map(name => {
    const lines = readFileSync(join(logs, name), 'utf8').trimEnd().split('\n')
    return [`-- ${name}`, ...lines.slice(-25).map(line => line.slice(0, 400))].join('\n')
  })
  return ends.join('\n')
}

/** True for the one process that managed to create the marker. */
function isFirst(folder: DataFolder): boolean {
  try {
    openSync(join(folder.root, 'wanted'), 'wx')
    return true
  } catch {
    return false
  }
}

function launch(folder: DataFolder): void {
  const output = openSync(logOf(folder), 'a')
  // Far from the ports of a demo that somebody has open, and of another test run beside this one.
  const port = String(20_000 + 10 * (process.pid % 3000))
  const args = ['start', '--data', folder.root, '--seed', '7', '--port', port, '--no-open']
  spawn(process.execPath, [...tillproof, ...args], {
    stdio: ['ignore', output, output],
    detached: true,
  })
    .once('exit', () => writeFileSync(join(folder.root, 'failed'), ''))
    .unref()
}

function logOf(folder: DataFolder): string {
  return join(folder.logs, 'start.log')
}
