/** Asks whoever types before something is done that nobody can take back. */
import { createInterface } from 'node:readline/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'

/**
 * Resolves when the answer is `yes`; throws TillproofError `cli.not-confirmed` on any other, and
 * where nobody can answer because standard input is no terminal.
 */
export async function confirm(question: string): Promise<void> {
  const answer = process.stdin.isTTY ? await ask(`${question} Type yes: `) : ''
  if (answer.trim().toLowerCase() === 'yes') return
  throw new TillproofError(
    'cli.not-confirmed',
    'Nothing was done: it was not confirmed.',
    'Type yes when asked, or give --yes.',
  )
}

/** The question goes to standard error; standard output belongs to results. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}
