/**
 * The policy by which this cloud publishes its log: its own key, and the lines about witnesses from
 * a file that may be written while it runs (a lender joins). Without the file nobody's cosignature
 * is needed.
 */
import { readFile } from 'node:fs/promises'
import { type Policy, parsePolicy } from '@tillproof/shared/note/policy.ts'
import type { Log } from './platform/db/pool.ts'

export type PolicySource = {
  /** As of now; ask again for each use. */
  current(): Policy
  onChange(fn: () => void): void
  stop(): void
}

const LOOK_EVERY_MS = 1_000

/** @param log verifier key of the cloud's log and the prefix its tiles are read from */
export async function watchPolicy(
  file: string,
  own: { vkey: string; url: string },
  log: Log,
): Promise<PolicySource> {
  const listeners: (() => void)[] = []
  let text = await readFile(file, 'utf8').catch(() => '')
  let policy = compose(own, text)
  const timer = setInterval(() => {
    void look()
  }, LOOK_EVERY_MS)
  timer.unref()

  async function look(): Promise<void> {
    const now = await readFile(file, 'utf8').catch(() => '')
    if (now === text) return
    text = now
    try {
      policy = compose(own, now)
    } catch (error) {
      log('error', 'policy of witnesses not taken over', { reason: (error as Error).message })
      return
    }
    log('info', 'policy of witnesses changed', { witnesses: policy.witnesses.length })
    for (const listener of listeners) listener()
  }

  return {
    current: () => policy,
    onChange: fn => void listeners.push(fn),
    stop: () => clearInterval(timer),
  }
}

function compose(own: { vkey: string; url: string }, text: string): Policy {
  const quorum = /^\s*quorum\s/m.test(text) ? '' : 'quorum none\n'
  return parsePolicy(`log ${own.vkey} ${own.url}\n${text}\n${quorum}`)
}
