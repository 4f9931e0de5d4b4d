/**
 * How a command fails: one line of cause, one line of next step, an exit code. With `--json` the
 * same as a problem object on standard output, so that a program reads what a person would.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { CommanderError } from 'commander'

export const exitCodes = `Exit codes:
  0  done        1  failed: cause and next step are on standard error
  2  wrong usage: --help shows the right one
  10 11 20 21    verdicts of \`verify\`, listed in its own --help`

type Failure = { exitCode: number; code: string; title: string; next: string; stack?: string }

/** Prints `error` and returns the exit code; help that was asked for is no failure (0). */
export function reportFailure(error: unknown, argv: string[]): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  const failure = failureOf(error, argv)
  if (argv.includes('--json')) {
    const { code, title, next } = failure
    process.stdout.write(`${JSON.stringify({ code, title, next })}\n`)
  } else {
    process.stderr.write(`tillproof: ${failure.title}\n  next: ${failure.next}\n`)
    if (failure.stack !== undefined) process.stderr.write(`${failure.stack}\n`)
  }
  return failure.exitCode
}

function failureOf(error: unknown, argv: string[]): Failure {
  if (error instanceof CommanderError) return usage(error, argv)
  if (error instanceof TillproofError) {
    return { exitCode: 1, code: error.code, title: error.message, next: error.next }
  }
  const fault = error instanceof Error ? error : undefined
  return {
    exitCode: 1,
    code: 'internal',
    title: fault?.message ?? String(error),
    next: 'this is a fault of Tillproof itself: report it with the lines below',
    ...(fault?.stack === undefined ? {} : { stack: fault.stack }),
  }
}

function usage(error: CommanderError, argv: string[]): Failure {
  const isUnknown = error.code === 'commander.unknownCommand'
  const firstOption = argv.findIndex(word => word.startsWith('-'))
  const words = firstOption === -1 ? argv : argv.slice(0, firstOption)
  const command = ['tillproof', ...words.slice(0, isUnknown ? words.length - 1 : 2)].join(' ')
  return {
    exitCode: 2,
    code: 'usage',
    title: error.message.replace(/^error: /, '').split('\n')[0] ?? 'wrong usage',
    next: `${command} --help lists commands and options`,
  }
}
