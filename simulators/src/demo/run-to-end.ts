/** Runs one command of ours to its end, with text for its standard input. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type Ended = { exitCode: number; stdout: string; stderr: string }

/** Waits for the end whatever the exit code. */
export async function runAnyhow(command: string, args: string[], input = ''): Promise<Ended> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve(code ?? 1))
  })
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ])
  return { exitCode, stdout, stderr }
}

/** What the command printed on standard output; throws `command.failed` when it failed. */
export async function runToEnd(command: string, args: string[], input = ''): Promise<string> {
  const { exitCode, stdout, stderr } = await runAnyhow(command, args, input)
  if (exitCode === 0) return stdout
  const words = args.filter(word => !word.startsWith('-') && !word.includes('/'))
  throw new TillproofError(
    'command.failed',
    `tillproof ${words.join(' ')} ended with exit code ${exitCode}: ${brief(stderr || stdout)}`,
    'mend what it says and start again',
  )
}

function brief(output: string): string {
  return output.trim().split('\n').slice(0, 3).join(' ').slice(0, 500)
}
