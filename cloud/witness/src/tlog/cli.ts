/** `tillproof tlog …`: hold our Merkle proofs against test vectors that others published. */
import { Command } from 'commander'
import { checkVectors, exitCodeOf, reportText, unreadableText } from './check.ts'

const exitCodes = `Exit codes:
  0  every vector agrees
  1  at least one disagrees
  2  something could not be read as a vector; the rest was run`

export function tlogCommand(): Command {
  return new Command('tlog')
    .description('check Merkle proofs against published test vectors')
    .addCommand(checkCommand())
}

function checkCommand(): Command {
  return new Command('check')
    .description('run inclusion, consistency and roots vectors')
    .argument('<files or folders...>', 'vector files, or folders whose JSON files are all run')
    .option('--json', 'the whole report as one JSON object')
    .addHelpText('after', `\n${exitCodes}`)
    .action(async (paths: string[], { json }: { json?: true }) => {
      const report = await checkVectors(paths)
      process.stdout.write(`${json ? JSON.stringify(report) : reportText(report)}\n`)
      if (!json) process.stderr.write(unreadableText(report))
      process.exitCode = exitCodeOf(report)
    })
}
