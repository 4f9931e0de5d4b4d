/**
 * The witness workspace by itself, for a lender who installs nothing else:
 * `node src/main.ts witness run …`, `node src/main.ts verify …`, `node src/main.ts log monitor …`.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { Command, CommanderError } from 'commander'
import {
  bundleCommand,
  logCommand,
  noteCommand,
  tlogCommand,
  verifyCommand,
  witnessCommand,
} from './cli.ts'

const program = new Command('tillproof')
  .addCommand(witnessCommand())
  .addCommand(verifyCommand())
  .addCommand(bundleCommand())
  .addCommand(logCommand())
  .addCommand(tlogCommand())
  .addCommand(noteCommand())
  .exitOverride()
for (const command of program.commands) {
  command.exitOverride()
  for (const inner of command.commands) inner.exitOverride()
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

/** Commander has said its own errors already. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (!(error instanceof TillproofError)) throw error
  process.stderr.write(`tillproof: ${error.message}\n  next: ${error.next}\n`)
  return 1
}
