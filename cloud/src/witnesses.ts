/**
 * The policy by which this cloud publishes its log: its own key, and the lines about witnesses from
 * a file that may be written while it runs (a lender joins). Without the file nobody's cosignature
 * is needed. A file that cannot be used, or that would drop the witnesses without saying so, is not
 * taken over: half a file must not make the cloud publish on its own word.
 */
import { readFile } from 'node:fs/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type Policy, parsePolicy } from '@tillproof/shared/note/policy.ts'
import type { Log } from './platform/db/pool.ts'

export type PolicySource = {
  /** The last one that was good; ask again for each use. */
  current(): Policy
  /** Why the file as it is now is not the policy; undefined when it is. */
  problem(): string | undefined
  onChange(fn: () => void): void
  stop(): void
}

/** `also`: of the log's SM2 key, where checkpoints are signed with one as well. */
type Own = { vkey: string; url: string; also?: string }

const LOOK_EVERY_MS = 1_000

/**
 * Throws `policy.witnesses` when there is no good policy to begin with.
 *
 * @param own verifier keys of the cloud's log and the prefix its tiles are read from
 */
export async function watchPolicy(file: string, own: Own, log: Log): Promise<PolicySource> {
  const listeners: (() => void)[] = []
  let seen = await contentOf(file)
  let policy = compose(own, file, seen)
  let problem: string | undefined
  log('info', 'policy of witnesses', summary(policy))
  const timer = setInterval(() => {
    void look()
  }, LOOK_EVERY_MS)
  timer.unref()

  async function look(): Promise<void> {
    const now = await contentOf(file)
    if (now.text === seen.text && now.unreadable === seen.unreadable) return
    seen = now
    try {
      // Witnesses that are asked for leave by a word, not by a file that is lost or cut short.
      const isSilent = now.unreadable === undefined && !says(now.text, 'quorum|witness|group')
      if (isSilent && policy.quorum !== 'none') {
        throw unusable(file, 'it names no witnesses any more, though some were asked for')
      }
      policy = compose(own, file, now)
    } catch (error) {
      const { message, next } = error as TillproofError
      problem = `${message}; the policy of before stays in force; ${next}`
      log('error', 'policy of witnesses not taken over', { reason: message, next })
      return
    }
    problem = undefined
    log('info', 'policy of witnesses changed', summary(policy))
    for (const listener of listeners) listener()
  }

  return {
    current: () => policy,
    problem: () => problem,
    onChange: fn => void listeners.push(fn),
    stop: () => clearInterval(timer),
  }
}

type Content = { text: string; unreadable?: string }

/** A file that is not there is an empty one. */
async function contentOf(file: string): Promise<Content> {
  try {
    return { text: await readFile(file, 'utf8') }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? { text: '' } : { text: '', unreadable: message }
  }
}

function compose(own: Own, file: string, { text, unreadable }: Content): Policy {
  if (unreadable !== undefined) throw unusable(file, unreadable)
  const hasQuorum = says(text, 'quorum')
  if (!hasQuorum && says(text, 'witness|group')) {
    throw unusable(file, 'it names witnesses but has no quorum line')
  }
  const also = own.also === undefined ? [] : [`also ${own.also}`]
  const quorum = hasQuorum ? [] : ['quorum none']
  const lines = [text, ...quorum, `log ${own.vkey} ${own.url}`, ...also]
  try {
    return parsePolicy(lines.join('\n'))
  } catch (error) {
    throw unusable(file, (error as Error).message, error)
  }
}

/** Whether a line begins with one of these words, given as a pattern. */
function says(text: string, words: string): boolean {
  return new RegExp(`^[ \\t]*(${words})([ \\t]|$)`, 'm').test(text)
}

function summary({ witnesses, quorum }: Policy) {
  return { witnesses: witnesses.map(({ name }) => name), quorum }
}

function unusable(file: string, reason: string, cause?: unknown): TillproofError {
  return new TillproofError(
    'policy.witnesses',
    `${file} cannot be used: ${reason}`,
    'end it with a line `quorum <witness or group>`; `quorum none` asks for no cosignature',
    { cause },
  )
}
